// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/probe.hpp"

namespace migralab {

std::string to_string(RequestEnd end) {
  switch (end) {
  case RequestEnd::answered:
    return "answered";
  case RequestEnd::late:
    return "late";
  case RequestEnd::timed_out:
    return "timed_out";
  case RequestEnd::refused:
    return "refused";
  case RequestEnd::reset:
    return "reset";
  case RequestEnd::unreachable:
    return "unreachable";
  case RequestEnd::bad_reply:
    return "bad_reply";
  case RequestEnd::dropped:
    return "dropped";
  }
  return "unknown";
}

} // namespace migralab
