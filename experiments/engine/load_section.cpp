// SPDX-License-Identifier: Apache-2.0
// What the client asks the guests, and the guests send it, at fixed rates.
#include "sections.hpp"

#include <algorithm>

namespace migralab {

namespace {

constexpr double fastest_rate = 20000; // requests per second: what one client thread can plan

struct DatagramLoad {
  double rate = 1000; // per second
};

void read_path(YamlReader& reader, const YamlValue& value, HttpLoad& load) {
  const auto path = reader.text(value, "/64k.bin");
  if (!path) {
    return;
  }
  const bool blank = std::any_of(path->value.begin(), path->value.end(), [](unsigned char c) {
    return c <= ' ' || c == 0x7f; // a line break would begin a header of the request
  });
  if (path->value.front() != '/' || blank) {
    reader.diagnostics().error(
        value.where,
        value.what + ": this is no path",
        "it starts with '/' and has neither blanks nor line breaks, for example '/64k.bin'");
    return;
  }
  load.path = path->value;
}

const Mapping<DatagramLoad>& udp_mapping() {
  static const auto mapping = [] {
    Mapping<DatagramLoad> keys("the udp load", "Echo requests.");
    keys.key(
        "rate", frequency_kind(fastest_rate, "1000/s"), &DatagramLoad::rate, "Requests per second. Default: 1000/s.");
    return keys;
  }();
  return mapping;
}

const Mapping<DatagramLoad>& push_mapping() {
  static const auto mapping = [] {
    Mapping<DatagramLoad> keys("the push load", "Datagrams that each guest sends to the client.");
    keys.key(
        "rate", frequency_kind(fastest_rate, "1000/s"), &DatagramLoad::rate, "Datagrams per second. Default: 1000/s.");
    return keys;
  }();
  return mapping;
}

const Mapping<HttpLoad>& http_mapping() {
  static const auto mapping = [] {
    Mapping<HttpLoad> keys("the http load", "HTTP requests.");
    keys.key("rate", frequency_kind(fastest_rate, "20/s"), &HttpLoad::rate, "Requests per second. Default: 20/s.");
    keys.key("path", {{"type", "string"}, {"pattern", "^/[^\\s]*$"}}, read_path, "What is asked for. Default: /.");
    return keys;
  }();
  return mapping;
}

const Mapping<ExperimentDraft>& load_mapping() {
  static const auto mapping = [] {
    Mapping<ExperimentDraft> keys(
        "the load", "What the client asks each guest meanwhile, and what it is sent; nothing that is not named.");
    keys.key(
        "udp",
        udp_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
          DatagramLoad load;
          udp_mapping().read(reader, value, value.where, load);
          draft.udp_rate = load.rate;
        },
        "Echo requests at a fixed rate (UDP port 7).");
    keys.key(
        "push",
        push_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
          DatagramLoad load;
          push_mapping().read(reader, value, value.where, load);
          draft.push_rate = load.rate;
        },
        "The other direction: datagrams from the guest at a fixed rate.");
    keys.key(
        "http",
        http_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
          http_mapping().read(reader, value, value.where, draft.http.emplace());
        },
        "HTTP requests at a fixed rate (TCP port 80).");
    return keys;
  }();
  return mapping;
}

} // namespace

Json load_schema() {
  return load_mapping().schema();
}

void read_load(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.udp_rate.reset(); // a load that is written out is all there is
  load_mapping().read(reader, value, value.where, draft);
}

} // namespace migralab
