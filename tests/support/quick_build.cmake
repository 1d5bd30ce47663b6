# What nearly every file includes is parsed once for all: it takes a third off the time of a build. A file still
# includes what it uses: tests/run reads each with clang-tidy in a configuration without this.
option(MIGRALAB_QUICK_BUILD "Parse what files have in common once" ON)

set(common_headers
  <algorithm> <array> <chrono> <cmath> <cstdint> <filesystem> <fstream> <functional> <map> <memory> <optional> <set>
  <span> <sstream> <string> <string_view> <thread> <utility> <variant> <vector> <fmt/format.h> <fmt/ranges.h>
  <nlohmann/json.hpp>)

# migralab_precompile(TARGET FIRST HEADER...): with the headers that target FIRST was the first to ask for.
function(migralab_precompile target first)
  if(NOT MIGRALAB_QUICK_BUILD)
    return()
  endif()
  if(target STREQUAL first)
    target_precompile_headers(${target} PRIVATE ${common_headers} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${first})
  endif()
endfunction()
