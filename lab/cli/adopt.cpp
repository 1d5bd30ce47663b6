// SPDX-License-Identifier: Apache-2.0
#include "images.hpp"
#include "migralab/core/error.hpp"
#include "migralab/image/check.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/lab/up.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string host;
  std::string lab;
};

/// Disks of a storage server that was a part of the controller are gone with it.
void expect_no_disk_lost(const Topology& topology, const Options& options) {
  for (const GuestSpec& guest : topology.guests) {
    if (guest.disk && !is_remote(storage_of(topology, guest.disk->storage))) {
      throw Error(fmt::format(
                      "the disk of guest {} was on storage server {}, a part of the controller: it is lost with it",
                      guest.name,
                      guest.disk->storage))
          .with_hint(
              fmt::format("`migralab down {} --host {}` removes what hosts have of it", topology.lab, options.host));
    }
  }
}

void adopt(const Options& options) {
  SystemRunner runner;
  const std::vector<Claimed> labs = labs_of_host(options.host, runner);
  const bool only = options.lab.empty() && labs.size() == 1;
  const Claimed claimed = only ? labs.front() : choose_claimed(options.host, options.lab, labs);
  Topology topology = topology_of(claimed);
  expect_no_disk_lost(topology, options);
  topology.instance = claimed.instance; // its networks are there
  Adoption adoption{
      .instance = claimed.instance,
      .created = claimed.created,
      .key = claimed.key,
      .public_key = claimed.public_key,
      .secrets = {},
      .running = {}};
  for (const StorageSpec& storage : topology.storage) { // theirs alone, as names become files
    if (const auto secret = claimed.secrets.find(storage.name); secret != claimed.secrets.end()) {
      adoption.secrets.insert(*secret);
    }
  }
  const std::map<std::string, std::string> places = find_remote_guests(topology, claimed.instance, runner);
  for (GuestSpec& guest : topology.guests) {
    if (const auto place = places.find(guest.name); place != places.end()) {
      guest.host = place->second;
      adoption.running.insert(guest.name);
      talk(fmt::format("guest {} runs on {}", guest.name, guest.host));
    }
  }
  ImageStore store = image_store(runner);
  const Plan plan =
      make_plan(topology, probe_all_for(topology, runner), Measuring::none, check_images(topology, store));
  bring_up(topology, plan, prepare_images(topology, store, false), runner, talk, &adoption);
  fmt::print(
      "lab {} is adopted: {} of {} guests ran on\n", topology.lab, adoption.running.size(), topology.guests.size());
}

} // namespace

void add_adopt(CLI::App& app, Outcome& /*outcome*/) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand(
      "adopt", "take up a lab again whose controller was lost, from what one of its remote hosts keeps of it");
  verb->add_option("HOST", options->host, "the host, where ssh finds it")->required();
  verb->add_option(
      "LAB",
      options->lab,
      "the lab, or what its objects' names begin with; may be left out when the host remembers only one");
  verb->callback([options] { adopt(*options); });
}

} // namespace migralab
