// What a pool has done since it was made, for dashboards.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <poolproof/error.hpp>
#include <poolproof/export.hpp>
#include <poolproof/status.hpp>

namespace poolproof {

struct PoolMetrics {
  // Upper ends of the buckets of waiting times; one more bucket is for what took longer.
  static constexpr std::array<std::chrono::milliseconds, 12> kBuckets{
      std::chrono::milliseconds{1},     std::chrono::milliseconds{5},
      std::chrono::milliseconds{10},    std::chrono::milliseconds{25},
      std::chrono::milliseconds{50},    std::chrono::milliseconds{100},
      std::chrono::milliseconds{250},   std::chrono::milliseconds{500},
      std::chrono::milliseconds{1000},  std::chrono::milliseconds{5000},
      std::chrono::milliseconds{10000}, std::chrono::milliseconds{30000}};
  static constexpr std::size_t kErrorKinds = 8;

  PoolStatus status;                  // now
  std::uint64_t leases = 0;           // that have begun
  std::uint64_t waits = 0;            // acquires that found nothing to take, and waited for others
  std::chrono::nanoseconds waited{};  // their time in the queue, all together
  std::array<std::uint64_t, kBuckets.size() + 1> waits_in{};  // how many waited how long
  std::array<std::uint64_t, kErrorKinds>
      errors{};                       // acquires without a lease, by AcquireError::Kind
  std::uint64_t connects = 0;         // that got through
  std::uint64_t failed_connects = 0;  //
  std::uint64_t closes = 0;           // of connections, for whatever reason
  std::uint64_t broken = 0;           // those of them that were found or said to be
};

// Prometheus' text format, with the label pool="`pool`": poolproof_leases_total and so on. An
// acquire that did not have to wait counts in the histogram as a wait of no time.
[[nodiscard]] POOLPROOF_API std::string to_prometheus(const PoolMetrics& metrics,
                                                      std::string_view pool);

}  // namespace poolproof
