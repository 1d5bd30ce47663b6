// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/lab/guest_disks.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

struct Options {
  std::string lab;
  std::string guest;
  std::string size;
  bool json = false;
};

void print(const std::vector<DiskFinding>& findings, bool json) {
  std::vector<std::vector<std::string>> rows{{"DISK OF", "STORAGE", "FROM", "RESULT", ""}};
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const DiskFinding& finding : findings) {
    rows.push_back({finding.guest, finding.storage, finding.host, finding.ok ? "ok" : "FAILED", finding.what});
    list.push_back(
        {{"guest", finding.guest},
         {"storage", finding.storage},
         {"host", finding.host},
         {"ok", finding.ok},
         {"what", finding.what}});
  }
  if (json) {
    const nlohmann::ordered_json answer{{"schema", "migralab.storage-verify/1"}, {"disks", list}};
    fmt::print("{}\n", answer.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else if (findings.empty()) {
    talk("no guest of the lab has a disk");
  } else {
    fmt::print("{}", render_rows(rows));
  }
}

int verify(const Options& options) {
  const OpenLab lab = open_lab(options.lab);
  return inside(
      lab.state.keeper,
      [&] {
        Interior interior(lab.topology);
        SystemRunner runner;
        const std::vector<DiskFinding> findings = GuestDisks(lab.topology, interior, runner).verify();
        print(findings, options.json);
        const bool ok = std::all_of(findings.begin(), findings.end(), [](const auto& finding) { return finding.ok; });
        return ok ? 0 : static_cast<int>(ExitStatus::failed);
      },
      std::chrono::minutes(10));
}

/// For verbs that change something.
void change(const Options& options, const std::string& verb, const std::function<void(GuestDisks&)>& work) {
  const OpenLab lab = open_lab(options.lab);
  const LabLock lock(LabFolder(lab.state.lab), "storage " + verb, false, std::chrono::seconds(2));
  if (!lock.held()) {
    throw Error(fmt::format("lab {} has just been taken down", lab.state.lab));
  }
  inside(
      lab.state.keeper,
      [&] {
        Interior interior(lab.topology);
        SystemRunner runner;
        GuestDisks disks(lab.topology, interior, runner);
        work(disks);
        return 0;
      },
      std::chrono::minutes(2));
}

void detach(const Options& options) {
  change(options, "detach", [&](GuestDisks& disks) {
    const bool detached = disks.detach(options.guest);
    fmt::print("the disk of {} {}\n", options.guest, detached ? "is detached; its file stays" : "was detached already");
  });
}

void attach(const Options& options) {
  change(options, "attach", [&](GuestDisks& disks) {
    const bool attached = disks.attach(options.guest);
    fmt::print(
        "the disk of {} {}\n",
        options.guest,
        attached ? "is attached; the guest sees a new block device" : "was attached already");
  });
}

void resize(const Options& options) {
  const Parsed<Bytes> size = parse_bytes(options.size);
  if (!size.value) {
    throw Error(fmt::format("'{}' is no size: {}", options.size, size.problem), ExitStatus::bad_input);
  }
  change(options, "resize", [&](GuestDisks& disks) {
    disks.resize(options.guest, *size.value);
    fmt::print("the disk of {} holds {}\n", options.guest, to_string(*size.value));
  });
}

CLI::App* add_for_guest(
    CLI::App& storage,
    const std::string& name,
    const std::string& help,
    const std::shared_ptr<Options>& options) {
  CLI::App* verb = storage.add_subcommand(name, help);
  verb->add_option("GUEST", options->guest, "the guest")->required();
  verb->add_option("--lab", options->lab, "the lab; may be left out when there is only one");
  return verb;
}

} // namespace

void add_storage(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* storage =
      app.add_subcommand("storage", "verify, detach, attach, resize and measure disks of a running lab");
  storage->require_subcommand(1);
  CLI::App* verb = storage->add_subcommand("verify", "reach every guest's disk from every host on its network");
  verb->add_option("LAB", options->lab, "the lab; may be left out when there is only one");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options, &outcome] { outcome.code = verify(*options); });
  add_for_guest(
      *storage,
      "detach",
      "unplug a guest's disk, then take it from its server; unmount it in the guest before",
      options)
      ->callback([options] { detach(*options); });
  add_for_guest(*storage, "attach", "plug a detached disk in again", options)->callback([options] {
    attach(*options);
  });
  CLI::App* growth = add_for_guest(*storage, "resize", "grow a guest's disk", options);
  growth->add_option("SIZE", options->size, "its new size, for example 128MiB")->required();
  growth->callback([options] { resize(*options); });
  add_storage_bench(*storage, outcome);
}

} // namespace migralab
