// SPDX-License-Identifier: Apache-2.0
#include "mapping.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/experiment.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr unsigned most_repetitions = 10000;
constexpr auto longest_settle = std::chrono::minutes(60);
constexpr double fastest_rate = 20000; // requests per second: what one client thread can plan
constexpr std::size_t longest_name = 63;

void read_name(YamlReader& reader, const YamlValue& value, Experiment& experiment) {
  const auto name = reader.text(value, "quickstart");
  if (!name) {
    return;
  }
  experiment.name = name->value;
  const bool plain =
      name->value.size() <= longest_name && std::isalnum(static_cast<unsigned char>(name->value.front())) &&
      name->value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
          std::string::npos;
  if (!plain) { // it becomes the name of a folder
    reader.diagnostics().error(
        name->where,
        fmt::format("'{}' cannot name an experiment", name->value),
        fmt::format("a letter or digit, then letters, digits, '-', '_' and '.', {} at most", longest_name));
  }
}

void read_route(YamlReader& reader, const YamlValue& value, Experiment& experiment) {
  const auto items = reader.items(value, "[h2, h1]");
  for (YamlValue item : items.value_or(std::vector<YamlValue>{})) {
    item.what = "a host of the route";
    if (const auto host = reader.text(item, "h2")) {
      if (!experiment.route.empty() && experiment.route.back() == host->value) {
        reader.diagnostics().error(
            host->where,
            fmt::format("the route goes from '{0}' to '{0}'", host->value),
            "a migration needs two hosts: name each stop once");
      }
      experiment.route.push_back(host->value);
    }
  }
  if (items && items->empty()) {
    reader.diagnostics().error(value.where, "the route has no host", "write for example 'route: [h2, h1]'");
  }
}

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

struct UdpLoad {
  double rate = 1000; // requests per second
};

const Mapping<UdpLoad>& udp_mapping() {
  static const auto mapping = [] {
    Mapping<UdpLoad> keys("the udp load", "Echo requests.");
    keys.key("rate", frequency_kind(fastest_rate, "1000/s"), &UdpLoad::rate, "Requests per second. Default: 1000/s.");
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

const Mapping<Experiment>& load_mapping() {
  static const auto mapping = [] {
    Mapping<Experiment> keys("the load", "What the client asks the guest meanwhile; nothing that is not named.");
    keys.key(
        "udp",
        udp_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, Experiment& experiment) {
          UdpLoad load;
          udp_mapping().read(reader, value, value.where, load);
          experiment.udp_rate = load.rate;
        },
        "Echo requests at a fixed rate (UDP port 7).");
    keys.key(
        "http",
        http_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, Experiment& experiment) {
          http_mapping().read(reader, value, value.where, experiment.http.emplace());
        },
        "HTTP requests at a fixed rate (TCP port 80).");
    return keys;
  }();
  return mapping;
}

const Mapping<Experiment>& experiment_mapping() {
  static const auto mapping = [] {
    Mapping<Experiment> keys("an experiment", "A guest that moves, and what is measured meanwhile.");
    const Json name{{"type", "string"}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"}};
    keys.required("experiment", "experiment: quickstart", name, read_name, "Names the folder of its results.");
    keys.required(
        "topology",
        "topology: ../topologies/quickstart.lab.yaml",
        text_kind("../topologies/quickstart.lab.yaml"),
        &Experiment::topology,
        "Path of the lab's topology, relative to this file.");
    keys.required("guest", "guest: web", text_kind("web"), &Experiment::guest, "The guest that moves.");
    keys.required(
        "route",
        "route: [h2, h1]",
        {{"type", "array"}, {"items", text_kind("h2").schema}, {"minItems", 1}},
        read_route,
        "Hosts that the guest visits in one repetition, in order.");
    keys.required("client", "client: client", text_kind("client"), &Experiment::client, "The node that measures.");
    keys.key(
        "repetitions", count_kind(1, most_repetitions), &Experiment::repetitions, "Of the whole route. Default: 1.");
    keys.key(
        "load",
        load_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, Experiment& experiment) {
          experiment.udp_rate.reset(); // a load that is written out is all there is
          load_mapping().read(reader, value, value.where, experiment);
        },
        "Default: 1000 echo requests per second.");
    keys.key(
        "settle",
        duration_kind(longest_settle, "2s"),
        &Experiment::settle,
        "Wait before the first migration and after each. Default: 2s.");
    keys.key(
        "copy_storage",
        switch_kind(),
        &Experiment::copy_storage,
        "Whether the disk moves along, for storage of type local. Default: false.");
    return keys;
  }();
  return mapping;
}

} // namespace

std::string experiment_schema() {
  Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:migralab:experiment:1"},
      {"title", "migralab experiment (*.exp.yaml)"}};
  schema.update(experiment_mapping().schema());
  return schema.dump(2) + "\n";
}

Experiment parse_experiment(const std::string& text, const std::filesystem::path& file, Diagnostics& diagnostics) {
  Experiment experiment;
  experiment.file = file;
  experiment.text = text;
  YamlReader reader(text, diagnostics, "experiment: NAME");
  if (const auto root = reader.root()) {
    experiment_mapping().read(reader, *root, {}, experiment);
    experiment.topology = std::filesystem::absolute(file.parent_path() / experiment.topology).lexically_normal();
  }
  return experiment;
}

Experiment load_experiment(const std::filesystem::path& file) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& error) {
    throw Error(error.what(), ExitStatus::bad_input).with_hint("give the path of an experiment file (*.exp.yaml)");
  }
  Diagnostics diagnostics(file.native(), text);
  Experiment experiment = parse_experiment(text, file, diagnostics);
  diagnostics.throw_if_errors();
  return experiment;
}

} // namespace migralab
