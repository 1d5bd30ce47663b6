// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/experiment.hpp"
#include "yaml_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr unsigned most_repetitions = 10000;
constexpr auto longest_settle = std::chrono::minutes(60);
constexpr double fastest_rate = 20000; // requests per second: what one client thread can plan

/// "20/s" or "1000/s".
std::optional<double> read_rate(YamlReader& reader, const YamlValue& value) {
  const auto written = reader.text(value, "20/s");
  if (!written) {
    return std::nullopt;
  }
  const std::string& text = written->value;
  double rate = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), rate);
  const std::string unit(static_cast<const char*>(end), text.data() + text.size());
  if (problem != std::errc() || (unit != "/s" && unit != " /s")) {
    reader.diagnostics().error(
        value.where,
        fmt::format("{}: '{}' is not a rate", value.what, text),
        "write requests per second with the unit, for example '20/s'");
    return std::nullopt;
  }
  if (!(rate > 0 && rate <= fastest_rate)) {
    reader.diagnostics().error(
        value.where,
        fmt::format("{}: impossible rate {}", value.what, text),
        fmt::format("write a rate above 0 and up to {}/s", fastest_rate));
    return std::nullopt;
  }
  return rate;
}

YamlValue named(const YamlValue& value, std::string what) {
  YamlValue copy = value;
  copy.what = std::move(what);
  return copy;
}

class ExperimentReader {
public:
  ExperimentReader(YamlReader& reader, Experiment& experiment) : reader_(reader), experiment_(experiment) {}

  void read(const YamlValue& root) {
    const YamlStruct keys(
        reader_,
        root,
        {},
        "an experiment",
        {{"experiment", "experiment: quickstart"},
         {"topology", "topology: ../topologies/quickstart.lab.yaml"},
         {"guest", "guest: web"},
         {"route", "route: [h2, h1]"},
         {"client", "client: client"}},
        {"repetitions", "load", "settle", "copy_storage"});
    read_name(keys);
    std::string topology;
    text_into(keys, "topology", "../topologies/quickstart.lab.yaml", topology);
    experiment_.topology = std::filesystem::absolute(experiment_.file.parent_path() / topology).lexically_normal();
    text_into(keys, "guest", "web", experiment_.guest);
    text_into(keys, "client", "client", experiment_.client);
    read_route(keys);
    if (const YamlValue* value = keys.find("repetitions")) {
      if (const auto count = reader_.count(named(*value, "repetitions"), 1, most_repetitions)) {
        experiment_.repetitions = count->value;
      }
    }
    if (const YamlValue* value = keys.find("settle")) {
      read_settle(named(*value, "settle"));
    }
    if (const YamlValue* value = keys.find("copy_storage")) {
      read_copy_storage(named(*value, "copy_storage"));
    }
    if (const YamlValue* value = keys.find("load")) {
      read_load(named(*value, "load"));
    }
  }

private:
  void text_into(const YamlStruct& keys, const char* key, const char* example, std::string& target) {
    if (const YamlValue* value = keys.find(key)) {
      if (const auto text = reader_.text(named(*value, key), example)) {
        target = text->value;
      }
    }
  }

  void read_name(const YamlStruct& keys) {
    const YamlValue* value = keys.find("experiment");
    const auto name = value == nullptr ? std::nullopt : reader_.text(named(*value, "experiment"), "quickstart");
    if (!name) {
      return;
    }
    experiment_.name = name->value;
    constexpr std::size_t longest = 63;
    const bool plain = name->value.size() <= longest && std::isalnum(static_cast<unsigned char>(name->value.front())) &&
                       name->value.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string::npos;
    if (!plain) { // it becomes the name of a folder
      reader_.diagnostics().error(
          name->where,
          fmt::format("'{}' cannot name an experiment", name->value),
          fmt::format("a letter or digit, then letters, digits, '-', '_' and '.', {} at most", longest));
    }
  }

  void read_route(const YamlStruct& keys) {
    const YamlValue* value = keys.find("route");
    if (value == nullptr) {
      return;
    }
    const auto items = reader_.items(named(*value, "route"), "[h2, h1]");
    for (const YamlValue& item : items.value_or(std::vector<YamlValue>{})) {
      if (const auto host = reader_.text(named(item, "a host of the route"), "h2")) {
        if (!experiment_.route.empty() && experiment_.route.back() == host->value) {
          reader_.diagnostics().error(
              host->where,
              fmt::format("the route goes from '{0}' to '{0}'", host->value),
              "a migration needs two hosts: name each stop once");
        }
        experiment_.route.push_back(host->value);
      }
    }
    if (items && items->empty()) {
      reader_.diagnostics().error(value->where, "the route has no host", "write for example 'route: [h2, h1]'");
    }
  }

  void read_settle(const YamlValue& value) {
    const auto text = reader_.text(value, "2s");
    if (!text) {
      return;
    }
    const auto span = parse_duration(text->value);
    if (!span.value) {
      reader_.diagnostics().error(value.where, "settle: " + span.problem);
      return;
    }
    if (*span.value > longest_settle) {
      reader_.diagnostics().error(
          value.where, fmt::format("settle: {} is out of range", text->value), "write at most 60min");
      return;
    }
    experiment_.settle = *span.value;
  }

  void read_copy_storage(const YamlValue& value) {
    const auto text = reader_.text(value, "true");
    if (text && text->value != "true" && text->value != "false") {
      reader_.diagnostics().error(
          value.where, fmt::format("copy_storage is '{}'", text->value), "write 'true' or 'false'");
    }
    experiment_.copy_storage = text && text->value == "true";
  }

  void read_load(const YamlValue& value) {
    experiment_.udp_rate.reset(); // a load that is written out is all there is
    const YamlStruct keys(reader_, value, value.where, "the load", {}, {"udp", "http"});
    if (const YamlValue* udp = keys.find("udp")) {
      const YamlStruct udp_keys(reader_, named(*udp, "load udp"), udp->where, "the udp load", {}, {"rate"});
      const YamlValue* rate = udp_keys.find("rate");
      experiment_.udp_rate = rate == nullptr ? 1000 : read_rate(reader_, named(*rate, "rate of the udp load"));
    }
    if (const YamlValue* http = keys.find("http")) {
      const YamlStruct http_keys(
          reader_, named(*http, "load http"), http->where, "the http load", {}, {"rate", "path"});
      HttpLoad load;
      if (const YamlValue* rate = http_keys.find("rate")) {
        load.rate = read_rate(reader_, named(*rate, "rate of the http load")).value_or(load.rate);
      }
      if (const YamlValue* path = http_keys.find("path")) {
        read_path(named(*path, "path of the http load"), load);
      }
      experiment_.http = load;
    }
  }

  void read_path(const YamlValue& value, HttpLoad& load) {
    const auto path = reader_.text(value, "/64k.bin");
    if (!path) {
      return;
    }
    const bool blank = std::any_of(path->value.begin(), path->value.end(), [](unsigned char c) {
      return c <= ' ' || c == 0x7f; // a line break would begin a header of the request
    });
    if (path->value.front() != '/' || blank) {
      reader_.diagnostics().error(
          value.where,
          value.what + ": this is no path",
          "it starts with '/' and has neither blanks nor line breaks, for example '/64k.bin'");
      return;
    }
    load.path = path->value;
  }

  YamlReader& reader_;
  Experiment& experiment_;
};

} // namespace

Experiment parse_experiment(const std::string& text, const std::filesystem::path& file, Diagnostics& diagnostics) {
  Experiment experiment;
  experiment.file = file;
  experiment.text = text;
  YamlReader reader(text, diagnostics, "experiment: NAME");
  if (const auto root = reader.root()) {
    ExperimentReader(reader, experiment).read(*root);
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
