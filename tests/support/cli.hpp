// SPDX-License-Identifier: Apache-2.0
// The built program, driven as a user drives it: with a home, a state folder and files of its own, as root or as an
// ordinary user. The cache of images is shared by all tests of a user, so that the image is built once.
#pragma once

#include "support/child.hpp"
#include "support/mount_view.hpp"
#include "support/scratch_folder.hpp"

#include <nlohmann/json.hpp>

namespace migralab::test {

enum class Mode { root, rootless };

/// "root", "rootless": names of tests, too.
void PrintTo(Mode mode, std::ostream* stream);

/// What labs of this mode need and this machine lacks; empty: nothing.
[[nodiscard]] std::string lacking(Mode mode);

/// The user of the rootless tests: $MIGRALAB_TEST_USER, else migralab-test; whoever runs the tests, unless that is
/// root.
[[nodiscard]] Account test_account();

/// Whatever lab is left at the end of its life is taken down.
class Cli {
public:
  explicit Cli(Mode mode);
  Cli(const Cli&) = delete;
  Cli& operator=(const Cli&) = delete;
  ~Cli();

  /// From now on commands see the machine as this view shows it. It must outlive the Cli.
  void look_through(const MountView& view) { view_ = &view; }
  void set(const std::string& variable, const std::string& value) { environment_[variable] = value; }

  using Words = std::vector<std::string>;
  [[nodiscard]] Finished run(const Words& words, Seconds limit = Seconds(60), const std::string& input = {}) const;
  [[nodiscard]] Child start(const Words& words) const;

  /// Any other program as this user, with this environment.
  [[nodiscard]] Finished run_program(const Words& argv, Seconds limit = Seconds(60)) const;

  [[nodiscard]] Child start_program(const Words& argv) const;

  /// Where this user finds the program.
  [[nodiscard]] std::string program() const;

  /// Writes a file that the user can read and returns its path.
  [[nodiscard]] std::string put(const std::string& name, const std::string& content) const;

  /// The quickstart topology, as lab `lab` when that is not empty.
  [[nodiscard]] std::string quickstart(const std::string& lab = {}) const;

  /// A lab of one host and a disk server: no guest, up in a moment.
  [[nodiscard]] std::string small(const std::string& lab = "small") const;

  [[nodiscard]] std::filesystem::path folder() const { return scratch_.path(); }
  [[nodiscard]] std::filesystem::path state_home() const { return scratch_.path() / "state"; }
  [[nodiscard]] std::filesystem::path lab_folder(const std::string& lab) const {
    return state_home() / "migralab" / lab;
  }
  [[nodiscard]] std::filesystem::path cache_home() const;

  /// Does the guest `web` of a quickstart lab answer HTTP when the lab's client asks it?
  [[nodiscard]] bool answers(const std::string& lab) const;

  /// Process id of the lab's keeper, from its record.
  [[nodiscard]] pid_t keeper(const std::string& lab) const;

  /// `inspect --json`.
  [[nodiscard]] nlohmann::json inspect(const std::string& lab) const;

private:
  [[nodiscard]] Launch launch(const Words& argv) const;

  Mode mode_;
  ScratchFolder scratch_;
  std::map<std::string, std::string> environment_;
  const MountView* view_ = nullptr;
};

} // namespace migralab::test
