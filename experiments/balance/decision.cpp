// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/decision.hpp"

namespace migralab::balance {

std::string_view to_string(Rule rule) {
  switch (rule) {
  case Rule::source:
    return "source";
  case Rule::evacuating:
    return "evacuating";
  case Rule::inbound:
    return "inbound";
  case Rule::apart:
    return "apart";
  case Rule::together:
    return "together";
  case Rule::cpu:
    return "cpu";
  case Rule::mem:
    return "mem";
  case Rule::net:
    return "net";
  case Rule::no_gain:
    return "no-gain";
  case Rule::unneeded:
    return "unneeded";
  case Rule::contended:
    return "contended";
  case Rule::taken:
    return "taken";
  }
  return "";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
  case Verdict::moves:
    return "moves";
  case Verdict::unneeded:
    return "unneeded";
  case Verdict::too_little:
    return "too-little";
  case Verdict::no_destination:
    return "no-destination";
  case Verdict::paced:
    return "paced";
  }
  return "";
}

std::string_view to_string(HostRecord::Trigger trigger) {
  switch (trigger) {
  case HostRecord::Trigger::overloaded:
    return "overloaded";
  case HostRecord::Trigger::uneven:
    return "uneven";
  case HostRecord::Trigger::evacuating:
    return "evacuating";
  }
  return "";
}

std::string_view to_string(HostRecord::Outcome outcome) {
  switch (outcome) {
  case HostRecord::Outcome::relieved:
    return "relieved";
  case HostRecord::Outcome::partly:
    return "partly";
  case HostRecord::Outcome::paced:
    return "paced";
  case HostRecord::Outcome::no_way:
    return "no-way";
  }
  return "";
}

} // namespace migralab::balance
