// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/storage_bench.hpp"
#include "migralab/core/error.hpp"
#include "session.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned deepest = 256;
constexpr Bytes largest_block = Bytes::mib(1);
constexpr Bytes largest_disk = Bytes::gib(64);
constexpr std::uint64_t sector = 512;

struct Options {
  std::string lab;
  std::string storage;
  std::string from;
  bool read = false;
  bool write = false;
  bool both = false;
  std::string pattern = "random";
  std::vector<std::string> blocks{"4KiB", "64KiB"};
  std::vector<unsigned> depths{1, 8, 32};
  double seconds = 5;
  std::string size = "64MiB";
  std::uint64_t seed = 1;
  bool json = false;
};

Bytes parse_size(const std::string& text, const char* what, Bytes most) {
  const Parsed<Bytes> size = parse_bytes(text);
  if (!size.value || size.value->count == 0 || size.value->count % sector != 0 || *size.value > most) {
    throw Error(
        fmt::format("{}: '{}' {}", what, text, size.value ? "is out of range" : "is no size: " + size.problem),
        ExitStatus::bad_input)
        .with_hint(fmt::format("a multiple of {} B, at most {}", sector, to_string(most)));
  }
  return *size.value;
}

std::vector<BenchLoad> loads_of(const Options& options) {
  std::vector<BenchLoad::Operation> operations;
  if (options.read || options.both || !options.write) {
    operations.push_back(BenchLoad::Operation::read);
  }
  if (options.write || options.both || !options.read) {
    operations.push_back(BenchLoad::Operation::write);
  }
  std::vector<BenchLoad::Pattern> patterns;
  if (options.pattern != "sequential") {
    patterns.push_back(BenchLoad::Pattern::random);
  }
  if (options.pattern != "random") {
    patterns.push_back(BenchLoad::Pattern::sequential);
  }
  std::vector<BenchLoad> loads;
  for (const BenchLoad::Operation operation : operations) {
    for (const BenchLoad::Pattern pattern : patterns) {
      for (const std::string& block : options.blocks) {
        for (const unsigned depth : options.depths) {
          loads.push_back(
              {.operation = operation,
               .pattern = pattern,
               .block = parse_size(block, "--block", largest_block),
               .depth = depth,
               .span = std::chrono::nanoseconds(static_cast<std::int64_t>(options.seconds * 1e9)),
               .seed = options.seed});
        }
      }
    }
  }
  return loads;
}

Json to_json(const StorageBench& bench, const BenchResult& result) {
  Json json{
      {"storage", bench.storage},
      {"host", bench.host},
      {"operation", to_string(result.load.operation)},
      {"pattern", to_string(result.load.pattern)},
      {"block_bytes", result.load.block.count},
      {"depth", result.load.depth}};
  if (!result.error.empty()) {
    json["error"] = result.error;
    return json;
  }
  const auto us = [&result](double share) { return static_cast<double>(result.percentile(share).count()) / 1e3; };
  json["requests"] = result.latencies.size();
  json["seconds"] = std::chrono::duration<double>(result.took).count();
  json["bytes_per_second"] = result.bytes_per_second();
  json["requests_per_second"] = result.operations_per_second();
  json["latency_us"] = {{"p50", us(0.5)}, {"p90", us(0.9)}, {"p99", us(0.99)}, {"p99_9", us(0.999)}, {"max", us(1)}};
  return json;
}

constexpr const char* row = "{:<7} {:<6} {:<11} {:>7} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n";

void print_heading() {
  fmt::print(row, "STORAGE", "OP", "PATTERN", "BLOCK", "DEPTH", "MiB/s", "IOPS", "p50", "p90", "p99", "p99.9", "max");
}

void print(const StorageBench& bench, const BenchResult& result) {
  if (!result.error.empty()) {
    const bool late = result.error.find("timed out") != std::string::npos;
    fmt::print(
        "{:<7} {:<6} {:<11} {:>7} {:>6} {:>9}\n",
        bench.storage,
        to_string(result.load.operation),
        to_string(result.load.pattern),
        to_string(result.load.block),
        result.load.depth,
        late ? "timed out" : "failed");
    std::fflush(stdout);
    talk(result.error);
    return;
  }
  fmt::print(
      row,
      bench.storage,
      to_string(result.load.operation),
      to_string(result.load.pattern),
      to_string(result.load.block),
      result.load.depth,
      fmt::format("{:.1f}", result.bytes_per_second() / (1U << 20U)),
      fmt::format("{:.0f}", result.operations_per_second()),
      human(result.percentile(0.5)),
      human(result.percentile(0.9)),
      human(result.percentile(0.99)),
      human(result.percentile(0.999)),
      human(result.percentile(1)));
  std::fflush(stdout);
}

std::vector<StorageBench> benches_of(const Options& options, const Topology& topology) {
  std::vector<std::string> storages;
  if (options.storage.empty()) {
    storages = served_storages(topology);
  } else if (storage_of(topology, options.storage).type == StorageSpec::Type::local) {
    throw Error(
        fmt::format(
            "storage {} is of type local: a disk is a file of this machine, with no server or network in between to "
            "measure",
            options.storage),
        ExitStatus::bad_input)
        .with_hint("fio measures the machine's own disks");
  } else if (storage_of(topology, options.storage).type == StorageSpec::Type::aoe) {
    throw Error(
        fmt::format("storage {} is of type aoe, which only a machine's own kernel can read", options.storage),
        ExitStatus::bad_input)
        .with_hint("fio in a guest measures its disk");
  } else {
    storages.push_back(options.storage);
  }
  std::vector<StorageBench> benches;
  for (const std::string& storage : storages) {
    benches.push_back(
        {.storage = storage,
         .host = bench_host(topology, storage, options.from),
         .size = parse_size(options.size, "--size", largest_disk),
         .loads = loads_of(options)});
  }
  return benches;
}

int run_bench(const Options& options) {
  const OpenLab lab = open_lab(options.lab);
  const std::vector<StorageBench> benches = benches_of(options, lab.topology);
  const LabLock lock(LabFolder(lab.state.lab), "storage bench", false, std::chrono::seconds(2));
  if (!lock.held()) {
    throw Error(fmt::format("lab {} has just been taken down", lab.state.lab));
  }
  Nanoseconds limit = std::chrono::minutes(5);
  for (const StorageBench& bench : benches) {
    for (const BenchLoad& load : bench.loads) {
      limit += load.span + std::chrono::seconds(30);
    }
  }
  return inside(
      lab.state.keeper,
      [&] {
        SystemRunner runner;
        Json results = Json::array();
        bool whole = true;
        if (!options.json) {
          print_heading();
        }
        for (const StorageBench& bench : benches) {
          run_storage_bench(lab.topology, bench, runner, [&](const BenchResult& result) {
            whole = whole && result.error.empty();
            if (options.json) {
              results.push_back(to_json(bench, result));
            } else {
              print(bench, result);
            }
          });
        }
        if (options.json) {
          fmt::print("{}\n", Json{{"schema", "migralab.storage-bench/1"}, {"results", results}}.dump(2));
        } else {
          talk("the path was measured: network, server, its page cache; not a platter or flash");
        }
        return whole ? 0 : 1;
      },
      limit);
}

} // namespace

void add_storage_bench(CLI::App& storage, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = storage.add_subcommand(
      "bench", "measure storage servers from a host, without a guest, on a scratch disk of the bench's own");
  verb->add_option("LAB", options->lab, "the lab; may be left out when there is only one");
  verb->add_option("--storage", options->storage, "which storage; default: each that has a server");
  verb->add_option("--from", options->from, "from which host; default: the first on the storage's network");
  CLI::Option* read = verb->add_flag("--read", options->read, "reads only");
  CLI::Option* write = verb->add_flag("--write", options->write, "writes only")->excludes(read);
  verb->add_flag("--both", options->both, "reads, then writes (default)")->excludes(read)->excludes(write);
  verb->add_option("--pattern", options->pattern, "random (default), sequential or both")
      ->check(CLI::IsMember({"random", "sequential", "both"}));
  verb->add_option("--block", options->blocks, "sizes of a request, up to 1MiB; default 4KiB,64KiB")->delimiter(',');
  verb->add_option("--depth", options->depths, "requests in flight, up to 256; default 1,8,32")
      ->delimiter(',')
      ->check(CLI::Range(1U, deepest));
  verb->add_option("--seconds", options->seconds, "for each combination, 0.1 to 60; default 5")
      ->check(CLI::Range(0.1, 60.0));
  verb->add_option("--size", options->size, "of the scratch disk; default 64MiB");
  verb->add_option("--seed", options->seed, "of the random offsets; default 1");
  verb->add_flag("--json", options->json, "for scripts");
  verb->callback([options, &outcome] { outcome.code = run_bench(*options); });
}

} // namespace migralab
