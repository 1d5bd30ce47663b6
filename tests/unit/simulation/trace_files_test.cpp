// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/simulation/scenario.hpp"
#include "migralab/simulation/trace_files.hpp"
#include "support/scratch_folder.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <string>

namespace migralab::simulation::test {
namespace {

using migralab::test::ScratchFolder;

/// What a reader says, without the path of the folder.
std::string complaint(const ScratchFolder& folder, const std::function<Trace(const std::filesystem::path&)>& read) {
  try {
    (void)read(folder.path());
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    std::string text = error.what();
    const std::string path = folder.path().string();
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
      text.replace(at, path.size(), "DIR");
    }
    return text;
  }
  return "";
}

std::string planetlab(const ScratchFolder& folder) {
  return complaint(folder, [](const auto& path) { return read_planetlab(path); });
}

std::string bitbrains(const ScratchFolder& folder) {
  return complaint(folder, [](const auto& path) { return read_bitbrains(path); });
}

/// 288 lines, `line` number `at` among them.
std::string day(std::size_t at = 0, const std::string& line = "", std::size_t lines = 288) {
  std::string text;
  for (std::size_t i = 1; i <= lines; ++i) {
    text += (i == at ? line : std::to_string(i % 101)) + "\n";
  }
  return text;
}

TEST(PlanetLab, ReadsADay) {
  const ScratchFolder folder;
  folder.put("b", day());
  folder.put("a", day(1, "100"));
  folder.put(".hidden", "no trace");
  const Trace trace = read_planetlab(folder.path());
  ASSERT_EQ(trace.guests.size(), 2U);
  EXPECT_EQ(trace.guests[0].name, "a") << "by name";
  EXPECT_EQ(trace.guests[1].name, "b");
  EXPECT_EQ(trace.steps, 288U);
  EXPECT_EQ(trace.interval, std::chrono::minutes(5));
  EXPECT_EQ(trace.cpu_of(0)[0], 1.0);
  EXPECT_EQ(trace.cpu_of(1)[0], 0.01);
  EXPECT_EQ(trace.cpu_of(1)[99], 1.0);
  EXPECT_EQ(trace.cpu_of(1)[100], 0.0);

  const Trace other = read_planetlab({folder.path() / "b", folder.path() / "a"});
  EXPECT_EQ(other.guests[0].name, "b") << "in the order that was given";
  EXPECT_EQ(other.cpu_of(0)[0], 0.01);
}

TEST(PlanetLab, LinesMayEndAsOnWindowsAndTheLastWithoutAnEnd) {
  const ScratchFolder folder;
  std::string text = day(5, "7\r");
  text.pop_back();
  folder.put("a", text);
  EXPECT_EQ(read_planetlab(folder.path()).cpu_of(0)[4], 0.07);
}

TEST(PlanetLab, NamesFileAndLineOfWhatIsWrong) {
  const auto of = [](const std::string& text) {
    const ScratchFolder folder;
    folder.put("a", day());
    folder.put("b", text);
    return planetlab(folder);
  };
  EXPECT_EQ(of(day()), "");
  EXPECT_EQ(of(day(17, "")), "DIR/b:17: an empty line; every sample has to be there, a whole number from 0 to 100");
  EXPECT_EQ(of(day(3, "4.5")), "DIR/b:3: '4.5' is no number of per cent; write a whole number from 0 to 100");
  EXPECT_EQ(of(day(3, "-1")), "DIR/b:3: '-1' is no number of per cent; write a whole number from 0 to 100");
  EXPECT_EQ(of(day(288, "NaN")), "DIR/b:288: 'NaN' is no number of per cent; write a whole number from 0 to 100");
  EXPECT_EQ(of(day(2, "101")), "DIR/b:2: 101 % is more than a processor has; write a whole number from 0 to 100");
  EXPECT_EQ(of(day(0, "", 287)), "DIR/b:287: the file ends here, after 287 of 288 lines; take a whole day");
  EXPECT_EQ(of(""), "DIR/b:0: the file ends here, after 0 of 288 lines; take a whole day");
  EXPECT_EQ(of(day(0, "", 289)), "DIR/b:289: more than 288 lines; a day has one for every 5 minutes");
}

TEST(PlanetLab, WantsAFolderWithFiles) {
  const ScratchFolder folder;
  EXPECT_EQ(planetlab(folder), "there is no file in DIR; a trace has one for each guest");
  try {
    (void)read_planetlab(folder.path() / "gone");
    ADD_FAILURE() << "there is no such folder";
  } catch (const Error& error) {
    EXPECT_NE(
        std::string(error.what()).find("gone: No such file or directory; give one with a file for each guest"),
        std::string::npos);
  }
}

const std::string header =
    "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory capacity "
    "provisioned [KB];\tMemory usage [KB];\tDisk read throughput [KB/s];\tDisk write throughput [KB/s];\tNetwork "
    "received "
    "throughput [KB/s];\tNetwork transmitted throughput [KB/s]\n";

std::string row(long timestamp, const std::string& percent = "25.0") {
  return std::to_string(timestamp) + ";\t4;\t11703.99;\t2925.0;\t" + percent +
         ";\t8388608.0;\t2097152.0;\t0.5;\t1.5;\t2.25;\t1.75\n";
}

TEST(Bitbrains, ReadsProcessorMemoryAndNetwork) {
  const ScratchFolder folder;
  folder.put("1.csv", header + row(1376314846) + row(1376315146, "93.33333333333333") + row(1376315446));
  folder.put("2.csv", header + row(1376314900) + row(1376315200) + row(1376315500, "100.4"));
  const Trace trace = read_bitbrains(folder.path());
  EXPECT_EQ(trace.interval, std::chrono::minutes(5)) << "seconds, whatever the name says";
  EXPECT_EQ(trace.steps, 3U);
  ASSERT_EQ(trace.guests.size(), 2U);
  EXPECT_EQ(trace.guests[0].name, "1");
  EXPECT_EQ(trace.guests[0].cores, 4U);
  EXPECT_DOUBLE_EQ(trace.guests[0].mhz, 11703.99);
  EXPECT_DOUBLE_EQ(trace.guests[0].memory_mb, 8192);
  EXPECT_DOUBLE_EQ(trace.cpu_of(0)[1], 0.9333333333333333);
  EXPECT_DOUBLE_EQ(trace.cpu_of(1)[2], 1.0);
  EXPECT_DOUBLE_EQ(trace.mem.at(0), 0.25);
  EXPECT_DOUBLE_EQ(trace.net.at(5), 4.0);
}

TEST(Bitbrains, AGuestThatGrowsHasItsLargestSizeAndSharesOfThat) {
  const ScratchFolder folder;
  folder.put(
      "1.csv",
      header + "1000;1;1000;500;50;4194304;1048576;0;0;0;0\n" + "1300;2;4000;2000;50;8388608;2097152;0;0;0;0\n");
  const Trace trace = read_bitbrains(folder.path());
  EXPECT_EQ(trace.guests[0].cores, 2U);
  EXPECT_DOUBLE_EQ(trace.guests[0].mhz, 4000);
  EXPECT_DOUBLE_EQ(trace.guests[0].memory_mb, 8192);
  EXPECT_DOUBLE_EQ(trace.cpu_of(0)[0], 0.125);
  EXPECT_DOUBLE_EQ(trace.cpu_of(0)[1], 0.5);
  EXPECT_DOUBLE_EQ(trace.mem.at(0), 0.125);
  EXPECT_DOUBLE_EQ(trace.mem.at(1), 0.25);
}

TEST(Bitbrains, TimesMayBeMilliseconds) {
  const ScratchFolder folder;
  folder.put("1.csv", header + row(1376314846000) + row(1376314851000));
  EXPECT_EQ(read_bitbrains(folder.path()).interval, std::chrono::seconds(5));
}

TEST(Bitbrains, NamesFileAndLineOfWhatIsWrong) {
  const auto of = [](const std::string& text) {
    const ScratchFolder folder;
    folder.put("1.csv", header + row(1000) + row(1300) + row(1600));
    folder.put("2.csv", text);
    return bitbrains(folder);
  };
  EXPECT_EQ(of(header + row(1000) + row(1300) + row(1600)), "");
  EXPECT_EQ(
      of("time;cpu\n1;2\n"),
      "DIR/2.csv:1: there is no column 'Timestamp [ms]'; the first line of a GWA-T-12 file names its columns, parted "
      "by "
      "';'");
  EXPECT_EQ(
      of(header + row(1300) + row(1600) + row(1900)),
      "DIR/2.csv:2: it begins 300 s after the first file, '1'; cut all to the same times");
  EXPECT_EQ(of(header + row(1000, "much")), "DIR/2.csv:2: CPU usage [%] 'much' is no number from 0 on; write one");
  EXPECT_EQ(of(header + row(1000, "-3")), "DIR/2.csv:2: CPU usage [%] '-3' is no number from 0 on; write one");
  EXPECT_EQ(of(header + row(1000, "")), "DIR/2.csv:2: CPU usage [%] '' is no number from 0 on; write one");
  EXPECT_EQ(of(header + row(1000, "300")), "DIR/2.csv:2: CPU usage [%] 300 is more than a guest has");
  EXPECT_EQ(of(header + row(1000) + "1300;4\n"), "DIR/2.csv:3: the line has 2 fields, the first line 11");
  EXPECT_EQ(
      of(header + row(1000) + row(1900)),
      "DIR/2.csv:3: a sample 900 s after the one before, where samples are 300 s apart; fill the hole, or cut the "
      "trace "
      "there");
  EXPECT_EQ(
      of(header + row(1000) + row(1000)),
      "DIR/2.csv:3: a sample 0 s after the one before, where samples are 300 s apart; fill the hole, or cut the trace "
      "there");
  EXPECT_EQ(
      of(header + row(1000) + row(1300)),
      "DIR/2.csv:3: it has 2 samples, the first file, '1', has 3; cut all to the same number");
  EXPECT_EQ(of(header), "DIR/2.csv:1: there is no sample; leave the file out");
  EXPECT_EQ(of(""), "DIR/2.csv:1: there is no sample; leave the file out");
}

TEST(AnyTrace, IsKnownByItsFirstLine) {
  const ScratchFolder folder;
  folder.put("planetlab/a", day());
  folder.put("bitbrains/1.csv", header + row(1000) + row(1300));
  const KnownTrace planetlab = read_trace(folder.path() / "planetlab");
  EXPECT_EQ(planetlab.kind, "PlanetLab");
  EXPECT_EQ(planetlab.trace.guests.size(), 1U);
  EXPECT_EQ(read_trace(folder.path() / "bitbrains").kind, "Bitbrains");
  EXPECT_EQ(read_trace(folder.path() / "bitbrains" / "1.csv").trace.guests.at(0).name, "1");
}

TEST(AnyTrace, SaysWhatIsThereInstead) {
  const ScratchFolder folder;
  folder.put("days/20110303/a", day());
  folder.put("day.tar.xz", header);
  folder.put("notes", day());
  const auto of = [&](const std::string& name) {
    return complaint(folder, [&](const auto& path) { return read_trace(path / name).trace; });
  };
  EXPECT_EQ(
      of("days"),
      "there is no file in DIR/days, but folders; a trace has a file for each guest: give one of them, for example "
      "DIR/days/20110303");
  EXPECT_EQ(of("day.tar.xz"), "DIR/day.tar.xz is an archive, not a trace");
  EXPECT_EQ(of("notes"), "DIR/notes is a single file, and its first line does not name the columns of Bitbrains");
  EXPECT_EQ(of("gone"), "cannot read folder DIR/gone: No such file or directory; give one with a file for each guest");
}

TEST(ProvisionedScenario, HasGuestsAsTheTraceSaysAndHostsForThem) {
  Trace trace{std::chrono::minutes(5), 1, {{"a", 4, 8000, 2048}, {"b", 1, 3000, 4096}}, {0.5, 0.5}, {}, {}};
  const Scenario scenario = scenario_for(trace, 2, {});
  EXPECT_EQ(scenario.guests[0].cores, 4U);
  EXPECT_EQ(scenario.guests[0].core_mips, 2000);
  EXPECT_EQ(scenario.guests[1].memory_mb, 4096);
  ASSERT_EQ(scenario.hosts.size(), 2U);
  EXPECT_EQ(scenario.hosts[1].cores, 8U);
  EXPECT_EQ(scenario.hosts[1].core_mips, 3000);
  EXPECT_EQ(scenario.hosts[1].memory_mb, 8192);
  EXPECT_DOUBLE_EQ(scenario.hosts[1].power.at(1), 135.0 * 24000 / 5320);
  trace.guests[1].mhz = 0;
  try {
    (void)scenario_for(trace, 2, {});
    ADD_FAILURE() << "a guest has no processor";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "scenario: guest 'b' of the trace was given 1 cores, 0 MHz and 4096 MB; leave it out, or give it some of each");
  }
  EXPECT_EQ(scenario_for({std::chrono::minutes(5), 1, {{"a", 0, 0, 0}}, {0.5}, {}, {}}, 1, {}).guests[0].memory_mb, 870)
      << "as published, where the trace does not tell";
}

constexpr const char* samples_header = "at_s,host,guest,cpu,mem,net,average_cpu,average_mem,average_net,image_mb\n";

TEST(LabSamples, AreATraceOfTheLabsHostsAndGuests) {
  const migralab::test::ScratchFolder folder;
  std::string rows = samples_header;
  for (int i = 0; i < 4; ++i) { // web is on h1, and then on h2
    const std::string host = i < 2 ? "h1" : "h2";
    const int at = 10 + 5 * i;
    rows += std::to_string(at) + ".1,h1,,0.5,0.2,0,0,0,0,0\n";
    rows += std::to_string(at) + ".2,h2,,0.5,0.2,0,0,0,0,0\n";
    rows += std::to_string(at) + (i < 2 ? ".1," : ".2,") + host + ",web,0." + std::to_string(i + 1) +
            ",0.125,0.5,0,0,0,128\n";
  }
  folder.put("out/balance_samples.csv", rows);
  const KnownTrace known = read_trace(folder.path() / "out");
  EXPECT_EQ(known.kind, "lab");
  const Trace& trace = known.trace;
  EXPECT_EQ(trace.interval, std::chrono::seconds(5));
  ASSERT_EQ(trace.hosts.size(), 2U);
  EXPECT_DOUBLE_EQ(trace.hosts[0].memory_mb, 1024);
  ASSERT_EQ(trace.guests.size(), 1U);
  EXPECT_EQ(trace.guests[0].host, 0U);
  ASSERT_EQ(trace.steps, 4U);
  EXPECT_EQ(trace.cpu, (std::vector<double>{0.1, 0.2, 0.3, 0.4}));
  EXPECT_EQ(trace.mem, (std::vector<double>{1, 1, 1, 1})) << "of the guest's largest";
  EXPECT_EQ(trace.net[0], 62'500) << "kB/s: half of 1 Gbit/s";
  const Scenario scenario = scenario_for(trace, 99, {});
  EXPECT_EQ(scenario.hosts.size(), 2U);
  EXPECT_EQ(scenario.hosts[1].name, "h2");
  EXPECT_EQ(scenario.guests[0].host, 0U);
  EXPECT_DOUBLE_EQ(scenario.guests[0].memory_mb, 128);
  EXPECT_EQ(read_trace(folder.path() / "out" / "balance_samples.csv").trace.cpu, trace.cpu);
}

TEST(LabSamples, AGuestThatNobodyTellsOfUsesNothing) {
  const migralab::test::ScratchFolder folder;
  std::string rows = samples_header;
  for (int i = 0; i < 8; ++i) { // web comes with the second sample, and goes after the third
    const std::string at = std::to_string(10 + 5 * i);
    rows += at + ",h1,,0.5,0.2,0,0,0,0,0\n";
    rows += i == 1 || i == 2 ? at + ",h1,web,0.4,0.125,0.5,0,0,0,128\n" : "";
  }
  folder.put("balance_samples.csv", rows);
  const Trace trace = read_lab_samples(folder.path() / "balance_samples.csv");
  const std::vector<double> there{0, 1, 1, 1, 1, 0, 0, 0}; // and as it was for three intervals
  EXPECT_EQ(trace.mem, there);
  ASSERT_EQ(trace.steps, there.size());
  for (std::size_t step = 0; step < trace.steps; ++step) {
    EXPECT_EQ(trace.cpu[step], 0.4 * there[step]) << step;
    EXPECT_EQ(trace.net[step], 62'500 * there[step]) << step;
  }
}

TEST(LabSamples, NonsenseIsToldByFileAndLine) {
  const migralab::test::ScratchFolder folder;
  const auto told = [&](const std::string& rows) -> std::string {
    folder.put("balance_samples.csv", samples_header + rows);
    try {
      static_cast<void>(read_trace(folder.path()));
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing";
  };
  const std::string host = "1.0,h1,,0.5,0.2,0,0,0,0,0\n";
  EXPECT_NE(told(host + "1.0,h1,web,7,0.1,0,0,0,0,128\n").find("line 3: cpu '7' is no share"), std::string::npos);
  EXPECT_NE(told(host + "1.0,h1,web,0.5,0.1,-1,0,0,0,128\n").find("line 3: net '-1' is no share"), std::string::npos);
  EXPECT_NE(told(host + "0.5,h1,,0.5,0.2,0,0,0,0,0\n").find("line 3: at_s '0.5' is not after"), std::string::npos);
  EXPECT_NE(
      told(host + "1.0,hX,web,0.5,0.1,0,0,0,0,128\n").find("on host 'hX', of which there is no sample"),
      std::string::npos);
}

TEST(LabSamples, WithoutAGuestAreNone) {
  const migralab::test::ScratchFolder folder;
  folder.put("balance_samples.csv", std::string(samples_header) + "1.0,h1,,0.5,0.2,0,0,0,0,0\n");
  try {
    static_cast<void>(read_trace(folder.path()));
    ADD_FAILURE() << "a trace of nothing";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("it tells of no guest"), std::string::npos) << error.what();
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
  folder.put("balance_samples.csv", "host,guest\nh1\n");
  EXPECT_THROW(static_cast<void>(read_trace(folder.path())), Error);
}

} // namespace
} // namespace migralab::simulation::test
