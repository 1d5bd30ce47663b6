// SPDX-License-Identifier: Apache-2.0
#include "migralab/workload/place.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/lab/guest_command.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/workload/kind.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <optional>
#include <sstream>

namespace migralab {

namespace {

constexpr const char* leash_waits = "--on-word"; // topologies/images/guestbox/leash.c

constexpr auto answer_limit = std::chrono::seconds(60); // a login takes a second, in a busy emulated guest some
constexpr int no_such_program = 127;

bool is_client(const Topology& topology, const std::string& node) {
  return std::any_of(
      topology.clients.begin(), topology.clients.end(), [&](const ClientSpec& client) { return client.name == node; });
}

const std::vector<Attachment>& networks_of(const Topology& topology, const std::string& node) {
  for (const ClientSpec& client : topology.clients) {
    if (client.name == node) {
      return client.networks;
    }
  }
  return guest_of(topology, node).networks;
}

/// Its address on the first of `networks` that it is on.
std::optional<Ipv4Address> address_from(const std::vector<Attachment>& networks, const GuestSpec& guest) {
  for (const Attachment& ours : networks) {
    for (const Attachment& theirs : guest.networks) {
      if (theirs.network == ours.network) {
        return theirs.address;
      }
    }
  }
  return std::nullopt;
}

bool is_ours(const std::string& program) {
  constexpr std::array ours{"again", "build-loop", "copies", "cpu-load", "gap-detector", "leash", "memory-writer"};
  return std::find(ours.begin(), ours.end(), program) != ours.end();
}

/// The one file that our own programs are in on this machine takes the name of the one that is meant as an argument. It
/// may come after others ("again ab"), which look it up in PATH: there it is by its own name only in images.
std::vector<std::string> leashed_here(const std::filesystem::path& folder, const std::vector<std::string>& argv) {
  const std::string box = (folder / "guestbox").native();
  std::vector<std::string> words{box, "leash", leash_waits};
  if (is_ours(argv.front())) {
    words.push_back(box);
  }
  words.insert(words.end(), argv.begin(), argv.end());
  return words;
}

std::vector<std::string>
lacking_on_node(const std::vector<std::string>& programs, const WorkloadPlace& place, CommandRunner& runner) {
  std::vector<std::string> argv{"leash", "--lacking"};
  argv.insert(argv.end(), programs.begin(), programs.end());
  Command command = place.on_node(argv);
  command.timeout = answer_limit;
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::exited && result.status == no_such_program) {
    return {"leash"}; // an image that is none of ours
  }
  std::istringstream lines(check(command, result));
  std::vector<std::string> lacking;
  for (std::string line; std::getline(lines, line);) {
    if (std::find(programs.begin(), programs.end(), line) != programs.end()) {
      lacking.push_back(line);
    }
  }
  return lacking;
}

Error missing_in_image(const WorkloadSpec& spec, const GuestSpec& guest, const std::vector<std::string>& lacking) {
  const bool ours = std::all_of(lacking.begin(), lacking.end(), is_ours);
  return Error(
             fmt::format(
                 "workload {}: guest {} (image {}) has no {}",
                 spec.name,
                 guest.name,
                 guest.image,
                 fmt::join(lacking, ", ")),
             ExitStatus::bad_input)
      .with_hint(
          ours ? "use image micro or debian, which have it"
               : "use image debian, which has it, or add it to the image's recipe");
}

void add_missing_here(std::vector<Error>& missing, const WorkloadSpec& spec) {
  for (const ProgramNeed& need : workload_kind(spec.kind).programs) {
    if (!need.package.empty() && find_program(need.program).empty()) {
      missing.push_back(machine_lacks(
          fmt::format(
              "workload {}: this machine has no {}, which client {} would run", spec.name, need.program, spec.node),
          fmt::format("install the Debian package {}", need.package)));
    }
  }
}

void add_missing_in_image(
    std::vector<Error>& missing,
    const WorkloadSpec& spec,
    const GuestSpec& guest,
    const ImageTraits& image) {
  std::vector<std::string> lacking;
  for (const ProgramNeed& need : workload_kind(spec.kind).programs) {
    if (!need.package.empty() && !image.packages.contains(need.package)) {
      lacking.push_back(need.program);
    }
  }
  if (!lacking.empty()) {
    missing.push_back(missing_in_image(spec, guest, lacking));
  }
}

} // namespace

std::vector<std::string> programs_of(const WorkloadSpec& spec) {
  std::vector<std::string> programs;
  for (const ProgramNeed& need : workload_kind(spec.kind).programs) {
    programs.push_back(need.program);
  }
  return programs;
}

std::vector<Ipv4Address> peers_of(const Topology& topology, const std::string& node) {
  std::vector<Ipv4Address> peers;
  for (const GuestSpec& guest : topology.guests) {
    const auto address = address_from(networks_of(topology, node), guest);
    if (guest.name != node && address) {
      peers.push_back(*address);
    }
  }
  return peers;
}

WorkloadPlace make_place(
    const Topology& topology,
    const std::string& node,
    const std::string& from,
    Ipv4Address target,
    const std::filesystem::path& guest_programs) {
  WorkloadPlace place;
  place.node = node;
  place.address = target;
  place.peers = peers_of(topology, node);
  if (is_client(topology, node)) {
    place.on_node = [node, guest_programs](const std::vector<std::string>& argv) {
      return Command{
          .argv = leashed_here(guest_programs, argv),
          .input = leash_word,
          .inside = namespaces_of(node),
          .holds_input = true};
    };
    return place;
  }
  const std::string login = guest_login(topology, node, from);
  place.on_node = [topology, login, from](const std::vector<std::string>& argv) {
    std::vector<std::string> words{"leash", leash_waits};
    words.insert(words.end(), argv.begin(), argv.end());
    // The guest's shell takes it apart again.
    Command command = guest_command(topology, from, "ssh", {login, "--", to_string(Command{.argv = words})});
    command.input = leash_word;
    command.holds_input = true;
    return command;
  };
  return place;
}

void expect_programs_before_lab(
    const std::vector<WorkloadSpec>& specs,
    const Topology& topology,
    const ImageCatalogue& images) {
  std::vector<Error> missing;
  for (const WorkloadSpec& spec : specs) {
    if (is_client(topology, spec.node)) {
      add_missing_here(missing, spec);
      continue;
    }
    const GuestSpec& guest = guest_of(topology, spec.node);
    const auto image = images.find(guest.image);
    if (image != images.end() && !image->second.packages.empty()) {
      add_missing_in_image(missing, spec, guest, image->second);
    }
  }
  if (!missing.empty()) {
    std::vector<std::string> all;
    std::transform(
        missing.begin(), missing.end(), std::back_inserter(all), [](const Error& one) { return one.what(); });
    throw Error(fmt::format("{}", fmt::join(all, "\n")), missing.front().status()).with_hint(missing.front().hint());
  }
}

void expect_programs(
    const WorkloadSpec& spec,
    const Topology& topology,
    const WorkloadPlace& place,
    CommandRunner& runner) {
  if (is_client(topology, spec.node)) {
    expect_programs_before_lab({spec}, topology, {});
    return;
  }
  const GuestSpec& guest = guest_of(topology, spec.node);
  const std::vector<std::string> lacking =
      with_context(fmt::format("workload {}: guest {}", spec.name, spec.node), [&] {
        return lacking_on_node(programs_of(spec), place, runner);
      });
  if (lacking.empty()) {
    return;
  }
  throw missing_in_image(spec, guest, lacking);
}

} // namespace migralab
