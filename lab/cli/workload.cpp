// SPDX-License-Identifier: Apache-2.0
#include "migralab/workload/workload.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/workload/kind.hpp"
#include "migralab/workload/place.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string kind;
  std::vector<std::string> settings;
  std::string node;
  std::string guest;
  std::string lab;
  double seconds = 3;
  bool json = false;
};

std::map<std::string, std::string> options_of(const std::vector<std::string>& settings) {
  std::map<std::string, std::string> options;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(fmt::format("'{}' sets nothing", setting), ExitStatus::bad_input)
          .with_hint("write an option and its value like clients=4");
    }
    options[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return options;
}

/// The nodes that workloads run on.
void expect_node(const Topology& topology, const std::string& name) {
  std::vector<std::string> nodes;
  for (const ClientSpec& client : topology.clients) {
    nodes.push_back(client.name);
  }
  for (const GuestSpec& guest : topology.guests) {
    nodes.push_back(guest.name);
  }
  if (std::find(nodes.begin(), nodes.end(), name) == nodes.end()) {
    throw Error(fmt::format("lab {} has no guest or client '{}'", topology.lab, name), ExitStatus::bad_input)
        .with_hint(suggest(name, nodes, "guests and clients"));
  }
}

const std::vector<Attachment>* client_networks(const Topology& topology, const std::string& name) {
  for (const ClientSpec& client : topology.clients) {
    if (client.name == name) {
      return &client.networks;
    }
  }
  return nullptr;
}

/// The guest's address on a network that it shares with the client; in a guest, its own.
Ipv4Address address_of(const Topology& topology, const std::string& guest, const std::string& node) {
  const std::vector<Attachment>* theirs = client_networks(topology, node);
  for (const Attachment& own : guest_of(topology, guest).networks) {
    if (theirs == nullptr || std::any_of(theirs->begin(), theirs->end(), [&](const Attachment& other) {
          return other.network == own.network;
        })) {
      return own.address;
    }
  }
  throw Error(fmt::format("{} is on no network of guest {}", node, guest), ExitStatus::bad_input)
      .with_hint("--to names another guest; or put both on one network in the topology");
}

/// A guest is reached from a client, which does not move; where there is none, from the guest's host.
std::string way_in(const Topology& topology, const std::string& guest) {
  for (const ClientSpec& client : topology.clients) {
    for (const Attachment& own : guest_of(topology, guest).networks) {
      if (std::any_of(client.networks.begin(), client.networks.end(), [&](const Attachment& other) {
            return other.network == own.network;
          })) {
        return client.name;
      }
    }
  }
  Interior interior(topology);
  return interior.find(guest).host;
}

constexpr auto workload_limit = std::chrono::minutes(2); // a login to a busy emulated guest, and a set to fill

WorkloadTrace run(const OpenLab& lab, const WorkloadSpec& spec, const Options& options) {
  const bool on_client = client_networks(lab.topology, spec.node) != nullptr;
  const std::string guest = !options.guest.empty() ? options.guest
                            : on_client            ? lab.topology.guests.front().name
                                                   : spec.node;
  SystemRunner runner;
  const WorkloadPlace place = make_place(
      lab.topology,
      spec.node,
      on_client ? "" : way_in(lab.topology, spec.node),
      address_of(lab.topology, guest, spec.node),
      guest_programs());
  expect_programs(spec, lab.topology, place, runner);
  const std::unique_ptr<RunningWorkload> workload = start_workload(spec, place);
  wait_until("begin of the workload", workload_limit, std::chrono::milliseconds(20), [&] { return workload->ready(); });
  workload->go();
  talk(fmt::format("{} runs on {}", spec.kind, spec.node));
  for (const Deadline deadline(Nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9))); !deadline.passed();) {
    throw_if_interrupted();
    std::this_thread::sleep_for(std::min<Nanoseconds>(std::chrono::milliseconds(20), deadline.left()));
  }
  return workload->stop();
}

Json to_json(const WorkloadSpec& spec, const WorkloadTrace& trace) {
  Json samples = Json::array();
  for (const WorkloadSample& sample : trace.samples) {
    samples.push_back(
        {{"seconds", std::chrono::duration<double>(sample.at - trace.began).count()},
         {"metric", sample.metric},
         {"unit", sample.unit},
         {"value", sample.value}});
  }
  return {
      {"schema", "migralab.workload/1"},
      {"kind", spec.kind},
      {"node", spec.node},
      {"options", spec.options},
      {"samples", samples},
      {"error", trace.error},
      {"output", trace.output}};
}

void print(const WorkloadTrace& trace) {
  std::vector<std::vector<std::string>> rows{{"METRIC", "UNIT", "SAMPLES", "MEAN", "LEAST", "MOST"}};
  for (const WorkloadMetric& metric : workload_kind(trace.kind).metrics) {
    std::vector<double> values;
    double sum = 0;
    for (const WorkloadSample& sample : trace.samples) {
      if (sample.metric == metric.name) {
        values.push_back(sample.value);
        sum += sample.value;
      }
    }
    if (!values.empty()) {
      const auto [least, most] = std::minmax_element(values.begin(), values.end());
      rows.push_back(
          {metric.name,
           metric.unit.empty() ? "-" : metric.unit,
           std::to_string(values.size()),
           fmt::format("{:.4g}", sum / static_cast<double>(values.size())),
           fmt::format("{:.4g}", *least),
           fmt::format("{:.4g}", *most)});
    }
  }
  fmt::print("{}", render_rows(rows));
}

int run_workload(const Options& options) {
  const WorkloadSpec spec = make_workload(options.kind, options.kind, options.node, options_of(options.settings));
  const OpenLab lab = open_lab(options.lab);
  expect_node(lab.topology, options.node);
  if (!options.guest.empty()) {
    static_cast<void>(guest_of(lab.topology, options.guest)); // a wrong name is an error that lists the right ones
  }
  expect_programs_before_lab({spec}, lab.topology, {});
  return inside(lab.state.keeper, [&] {
    const WorkloadTrace trace = run(lab, spec, options);
    if (options.json) {
      fmt::print("{}\n", to_json(spec, trace).dump(2, ' ', false, Json::error_handler_t::replace));
    } else {
      print(trace);
    }
    if (!trace.error.empty()) {
      talk("migralab: " + trace.error + "; its last lines:\n" + trace.output);
      return static_cast<int>(ExitStatus::failed);
    }
    if (trace.samples.empty()) {
      talk("it said nothing in this time: give it more --seconds; its last lines:\n" + trace.output);
    } else if (!options.json && lab.state.accelerator == "tcg") {
      talk("guests run by TCG, software emulation: these are not performance figures");
    }
    return 0;
  });
}

} // namespace

void add_workload(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "workload", "run one workload in a running lab and show what it measures; `workload ls` lists the kinds");
  verb->add_option("KIND", options->kind, "what runs; `migralab workload ls` lists the kinds");
  verb->add_option("OPTION=VALUE", options->settings, "options of the kind, like clients=4");
  verb->add_option("--on", options->node, "the guest or client that it runs on");
  verb->add_option("--to", options->guest, "the guest that a client asks; default: the first of the topology");
  verb->add_option("--seconds", options->seconds, "how long")->check(CLI::Range(0.1, 86400.0))->capture_default_str();
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  verb->add_flag("--json", options->json, "every sample");
  CLI::App* list = add_workload_list(*verb, outcome);
  verb->callback([options, list, &outcome] {
    if (list->parsed()) {
      return;
    }
    if (options->kind.empty() || options->node.empty()) {
      throw Error(options->kind.empty() ? "which kind of workload?" : "on which node?", ExitStatus::bad_input)
          .with_hint("write for example `migralab workload memory-writer --on web size=32MiB`; "
                     "`migralab workload ls` lists the kinds");
    }
    outcome.code = run_workload(*options);
  });
}

} // namespace migralab
