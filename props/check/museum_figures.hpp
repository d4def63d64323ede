// The figures of a museum: what many hunts with different seeds come to.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "props/check/museum_report.hpp"

namespace poolproof::check {

// Some hunts: those of a pool, or of all, by one strategy. A quantile is the smallest that at least
// that part does not exceed; hunts that found nothing exceed all, and nothing is then the quantile.
class Figures {
 public:
  void add(const HuntResult& outcome);

  [[nodiscard]] std::size_t hunts() const { return schedules_.size(); }
  [[nodiscard]] std::size_t missed() const;
  // Up to the one that broke a law.
  [[nodiscard]] std::optional<std::uint64_t> schedules(double part) const;
  [[nodiscard]] std::optional<double> seconds(double part) const;
  // By how many hunts; and which most often, the first of several.
  [[nodiscard]] const std::map<model::LawId, std::size_t>& laws() const { return laws_; }
  [[nodiscard]] const std::map<explore::Strategy, std::size_t>& strategies() const {
    return strategies_;
  }
  [[nodiscard]] std::optional<model::LawId> law() const;
  [[nodiscard]] std::optional<explore::Strategy> strategy() const;

  // Of the counterexamples that were made smaller, by what kSizeNames lists.
  [[nodiscard]] std::optional<double> size(std::size_t which, double part) const;
  [[nodiscard]] std::size_t shrunk() const { return sizes_[kToken].size(); }

  static constexpr std::size_t kToken = 5;
  static constexpr std::size_t kMilliseconds = 6;
  static constexpr std::array<std::string_view, 7> kSizeNames{
      "callers", "loans", "operations", "preemptions", "switches", "token", "milliseconds"};

 private:
  std::vector<std::optional<std::uint64_t>> schedules_;
  std::vector<std::optional<double>> seconds_;
  std::map<model::LawId, std::size_t> laws_;
  std::map<explore::Strategy, std::size_t> strategies_;
  std::array<std::vector<std::optional<double>>, kSizeNames.size()> sizes_;
};

// Of one pool by one strategy, with what was done so far.
Figures figures_of(const MuseumResult& result, const Exhibit& exhibit,
                   std::optional<explore::Strategy> strategy);
// Of all that have a defect, by the strategy that counts.
Figures figures_of(const MuseumResult& result);

// Defects that no seed has found, and pools without one that were broken.
std::vector<const Exhibit*> survivors(const MuseumResult& result);
std::vector<const Exhibit*> wronged(const MuseumResult& result);

}  // namespace poolproof::check
