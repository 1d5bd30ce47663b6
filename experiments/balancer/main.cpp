// SPDX-License-Identifier: Apache-2.0
// migralab-balancer agent|coordinator CONFIG KEY [with-parent]: one of the processes that balance a lab. Needs nothing
// but these two files. `with-parent`: ends with the process that started it.
#include "migralab/balancer/process.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace migralab;

constexpr const char* usage = "usage: migralab-balancer agent|coordinator CONFIG KEY [with-parent]";

void end_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() == 1) { // the keeper of a lab: who started this one has ended already
    throw Error("the process that started this one has ended");
  }
}

/// A line of text; its bytes are the key.
coordination::Key read_key(const std::string& file) {
  std::string text = read_file(file);
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return with_context("key " + file, [&] { return coordination::Key(text); });
}

int run(const std::vector<std::string>& arguments) {
  const bool with_parent = arguments.size() == 4 && arguments[3] == "with-parent";
  if ((arguments.size() != 3 && !with_parent) || (arguments[0] != "agent" && arguments[0] != "coordinator")) {
    throw Error(usage, ExitStatus::bad_input);
  }
  watch_for_interrupts();
  if (with_parent) {
    end_with_parent();
  }
  const coordination::Key key = read_key(arguments[2]);
  if (arguments[0] == "agent") {
    balancer::run_agent(balancer::read_agent_config(arguments[1]), key);
  }
  balancer::run_coordinator(balancer::read_coordinator_config(arguments[1]), key);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const migralab::Error& error) {
    std::fputs(fmt::format("migralab-balancer: {}\n", error.what()).c_str(), stderr);
    return static_cast<int>(error.status());
  } catch (const std::exception& error) {
    std::fputs(fmt::format("migralab-balancer: {}\n", error.what()).c_str(), stderr);
    return 1;
  }
}
