// SPDX-License-Identifier: Apache-2.0
// Programs that keep a guest or a client busy while it is measured: dbench, ab, a memory writer, ... Each kind is a
// small plug-in that knows how the program is called and what its output says.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/clock.hpp"
#include "migralab/process/command.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// A workload as an experiment names it. `options` has every option of its kind, defaults filled in, as text in the
/// form the plug-in asks for (it checked them).
struct WorkloadSpec {
  std::string name; // of the user: "disk"
  std::string kind; // "dbench"
  std::string node; // the guest or client that it runs on
  std::map<std::string, std::string> options = {};
  Nanoseconds begins{};                  // after RunningWorkload::go()
  std::optional<Nanoseconds> lasts = {}; // then it is ended; none: until stop()

  bool operator==(const WorkloadSpec&) const = default;
};

/// The part of the time that it runs in: "from 20.0 s on, for 15.0 s"; empty: all of it.
[[nodiscard]] std::string describe_window(const WorkloadSpec& spec);

/// One number that a workload told, stamped when its line arrived here.
struct WorkloadSample {
  Instant at;
  std::string metric; // "throughput"
  std::string unit;   // "MB/s"
  double value = 0;
};

/// All that came of a workload in one trial.
struct WorkloadTrace {
  std::string name;
  std::string kind;
  std::string node;
  Instant began; // when its program was started; of one that never was, when it was stopped
  Instant ended;
  std::vector<WorkloadSample> samples;
  std::string error;  // why it ended on its own before it was stopped, or never began; empty otherwise
  std::string output; // its last lines as they came, for a person to read
};

inline constexpr const char* leash_is_here = "leash: here";
inline constexpr const char* leash_word = "go\n";

/// What a plug-in needs to know of the lab.
struct WorkloadPlace {
  std::string node;               // that it runs on
  Ipv4Address address;            // of the guest that the experiment measures: the target of what a client runs
  std::vector<Ipv4Address> peers; // see peers_of()
  /// Makes a command that runs `argv` on the workload's node and ends what it runs there when it is ended itself. It
  /// says leash_is_here when it has come there, and waits for leash_word on its standard input: the command's input,
  /// unless that is taken out to be given later.
  std::function<Command(const std::vector<std::string>& argv)> on_node;
};

/// Has a thread of its own from construction until stop(), and runs in it as long as its spec says. The destructor
/// stops it.
class RunningWorkload {
public:
  virtual ~RunningWorkload() = default;
  /// Its program does what it is for; one with a window has logged in and waits for its time. A login takes a second,
  /// in a busy emulated guest many. True, too, when it has ended: there is nothing to wait for.
  [[nodiscard]] virtual bool ready() const = 0;
  /// Windows count from now. Without it they never come. Once.
  virtual void go() = 0;
  /// Ends the program, on its node too, and returns what it told. A workload that failed is a trace with an error.
  /// Once.
  [[nodiscard]] virtual WorkloadTrace stop() = 0;
};
[[nodiscard]] std::unique_ptr<RunningWorkload> start_workload(const WorkloadSpec& spec, const WorkloadPlace& place);

/// The kinds there are, sorted.
[[nodiscard]] std::vector<std::string> workload_kinds();

} // namespace migralab
