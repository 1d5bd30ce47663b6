// SPDX-License-Identifier: Apache-2.0
#include "results.hpp"

#include "migralab/core/error.hpp"
#include "migralab/report/report.hpp"

#include <system_error>
#include <unistd.h>

namespace migralab {

Results::Results(const std::filesystem::path& what, CommandRunner& runner) : folder_(what) {
  std::error_code problem;
  if (!std::filesystem::exists(what, problem)) {
    throw Error("there are no results " + what.native(), ExitStatus::bad_input)
        .with_hint("give a folder that `migralab run` named, or a bundle (*.tar.xz) of one");
  }
  if (std::filesystem::is_directory(what, problem)) {
    return;
  }
  std::string pattern = archive_stem(std::filesystem::absolute(what)).native() + ".XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw system_error("cannot make a folder to unpack into beside " + what.native())
        .with_hint("copy the bundle to where you may write, or unpack it yourself and give the folder");
  }
  temporary_ = pattern;
  try {
    folder_ = unpack_bundle(what, temporary_ / "run", runner);
  } catch (...) {
    std::filesystem::remove_all(temporary_, problem);
    throw;
  }
}

Results::~Results() {
  if (!temporary_.empty()) {
    std::error_code ignored; // a leftover folder is no reason to fail
    std::filesystem::remove_all(temporary_, ignored);
  }
}

std::filesystem::path archive_stem(const std::filesystem::path& archive) {
  std::string name = archive.native();
  for (const char* ending : {".xz", ".gz", ".tar"}) {
    if (name.ends_with(ending)) {
      name.resize(name.size() - std::string_view(ending).size());
    }
  }
  return name;
}

} // namespace migralab
