// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/load.hpp"

#include <algorithm>
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
  const auto free = [](double share) { return std::max(1 - share, 0.0); }; // more may be wanted than there is
  return 1 / (free(load.cpu) * free(load.mem) * free(load.net));
}

double migration_cost(double volume, double image_mb, double alpha, double beta) {
  return std::pow(volume, alpha) * std::pow(image_mb, beta);
}

const Load& Smoother::add(const Load& sample) {
  if (!value_) {
    value_ = sample;
    return *value_;
  }
  const Load mu = adaptive_ ? adapted_weight(sample - *value_) : all_of(mu_);
  value_ = mu * sample + (all_of(1) - mu) * *value_;
  return *value_;
}

Load Smoother::adapted_weight(const Load& error) {
  const Load size{std::abs(error.cpu), std::abs(error.mem), std::abs(error.net)};
  error_ = all_of(adaptive_phi) * error + all_of(1 - adaptive_phi) * error_;
  deviation_ = all_of(adaptive_phi) * size + all_of(1 - adaptive_phi) * deviation_;
  const auto weight = [this](double mean, double deviation) {
    return deviation > 0 ? std::clamp(std::abs(mean) / deviation, least_mu, most_mu) : mu_;
  };
  return {weight(error_.cpu, deviation_.cpu), weight(error_.mem, deviation_.mem), weight(error_.net, deviation_.net)};
}

} // namespace migralab::balance
