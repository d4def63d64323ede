// How the hunts of a museum are told: in a table, and as JSON for machines.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "props/check/processes/hunts.hpp"

namespace poolproof::check {

struct MuseumResult {
  std::vector<Exhibit> exhibits;
  std::vector<std::optional<explore::Strategy>> strategies;  // the last one counts
  std::uint64_t seeds = 0;
  std::uint64_t schedules = 0;  // at most, for each hunt
  std::uint64_t shrunk_seeds = 0;
  std::vector<Hunt> hunts;
  std::vector<std::optional<HuntResult>> outcomes;  // of each hunt
  double seconds = 0;
  bool interrupted = false;
};

// "portfolio" if it is none of them.
std::string_view name(std::optional<explore::Strategy> strategy);

// Whether the strategy that counts has found every defect, and nothing where there is none.
bool all_found(const MuseumResult& result);

// Less than 120 columns. The last line says which were found; `quiet` leaves only that.
std::string terminal_report(const MuseumResult& result, bool quiet);

std::string json_report(const MuseumResult& result);

}  // namespace poolproof::check
