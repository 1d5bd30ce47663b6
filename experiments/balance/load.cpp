// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/load.hpp"

#include <cmath>

namespace migralab::balance {

std::string_view to_string(Resource resource) {
  switch (resource) {
  case Resource::cpu:
    return "cpu";
  case Resource::mem:
    return "mem";
  case Resource::net:
    return "net";
  }
  return "";
}

double volume(const Load& load) {
  return 1 / ((1 - load.cpu) * (1 - load.mem) * (1 - load.net));
}

double migration_cost(double volume, double image_mb, double alpha, double beta) {
  return std::pow(volume, alpha) * std::pow(image_mb, beta);
}

const Load& Smoother::add(const Load& sample) {
  value_ = value_ ? all_of(mu_) * sample + all_of(1 - mu_) * *value_ : sample;
  return *value_;
}

} // namespace migralab::balance
