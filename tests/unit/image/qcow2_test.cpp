// SPDX-License-Identifier: Apache-2.0
#include "qcow2.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/process/command_runner.hpp"
#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;

class Qcow2 : public ::testing::Test {
protected:
  /// By QEMU itself, of 64 MiB; `options` come before the file's name.
  fs::path make(const std::string& name, const std::vector<std::string>& options = {}) {
    std::vector<std::string> argv{"qemu-img", "create", "-q", "-f", "qcow2"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(folder_.path() / name);
    argv.emplace_back("64M");
    run_checked(runner_, {.argv = argv, .folder = folder_.path()});
    return folder_.path() / name;
  }

  /// A sound one but for one byte.
  fs::path marked(const std::string& name, std::size_t offset, char byte) {
    fs::path file = make(name);
    std::string bytes = read_file(file);
    bytes.at(offset) = byte;
    write_file(file, bytes);
    return file;
  }

  fs::path in_folder(const std::string& name, const std::string& content) {
    folder_.put(name, content);
    return folder_.path() / name;
  }

  /// What is wrong with it and what to do, with the test's folder as /images.
  std::string refusal(const fs::path& file) {
    try {
      static_cast<void>(size_of_qcow2(file));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      std::string text = std::string(error.what()) + "\nhint: " + error.hint() + "\n";
      for (std::size_t at = 0; (at = text.find(folder_.path().native())) != std::string::npos;) {
        text.replace(at, folder_.path().native().size(), "/images");
      }
      return text;
    }
    ADD_FAILURE() << file << " was accepted";
    return {};
  }

  test::ScratchFolder folder_;
  SystemRunner runner_;
};

constexpr std::size_t features = 79; // the last byte of the incompatible ones

TEST_F(Qcow2, TellsTheSizeThatAGuestSees) {
  EXPECT_EQ(size_of_qcow2(make("new.qcow2")), Bytes::mib(64));
  EXPECT_EQ(size_of_qcow2(make("old.qcow2", {"-o", "compat=0.10"})), Bytes::mib(64));
  EXPECT_EQ(size_of_qcow2(make("zstd.qcow2", {"-o", "compression_type=zstd,extended_l2=on"})), Bytes::mib(64));
}

TEST_F(Qcow2, RefusesWhatNoGuestIsToStartFrom) {
  const fs::path below = make("below.qcow2");
  std::string texts = refusal(in_folder("disk.raw", std::string(4096, 'x')));
  texts += refusal(in_folder("empty.qcow2", ""));
  texts += refusal(folder_.path() / "none.qcow2");
  texts += refusal(make("layer.qcow2", {"-b", below, "-F", "qcow2"}));
  texts += refusal(make("outside.qcow2", {"-o", "data_file=" + (folder_.path() / "data.raw").native()}));
  texts += refusal(marked("secret.qcow2", 35, 2)); // LUKS, which takes QEMU seconds to make
  texts += refusal(marked("corrupt.qcow2", features, 2));
  texts += refusal(marked("open.qcow2", features, 1));
  texts += refusal(marked("future.qcow2", features, 0x40));
  texts += refusal(marked("nothing.qcow2", 28, 0)); // 64 MiB is 0x04000000 in bytes 24 to 31
  test::expect_golden(test::source_path("tests/unit/image/errors/qcow2.expected"), texts);
}

} // namespace
} // namespace migralab
