// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/report/report.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <memory>

namespace migralab {

namespace {

struct Options {
  std::string folder;
  std::string output;
};

void bundle(const Options& options) {
  std::filesystem::path folder = std::filesystem::absolute(options.folder).lexically_normal();
  folder = folder.has_filename() ? folder : folder.parent_path();
  const std::filesystem::path archive = options.output.empty() ? folder.native() + ".tar.xz" : options.output;
  if (!archive.native().ends_with(".tar.xz")) {
    throw Error("a bundle is a .tar.xz: " + archive.native(), ExitStatus::bad_input)
        .with_hint("name it " + archive.native() + ".tar.xz");
  }
  SystemRunner runner;
  write_bundle(folder, archive, runner);
  tell(archive.native() + "\n");
}

} // namespace

void add_bundle(CLI::App& app, Outcome& /*outcome*/) {
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      app.add_subcommand("bundle", "pack a run's results for others: raw data, inputs, provenance, digests");
  verb->add_option("FOLDER", options->folder, "a folder that `run` made")->required();
  verb->add_option("-o,--output", options->output, "the archive (default: FOLDER.tar.xz)");
  verb->callback([options] { bundle(*options); });
}

} // namespace migralab
