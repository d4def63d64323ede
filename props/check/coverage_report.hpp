// How much of what there is to see a search has seen, told.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "props/check/search.hpp"

namespace poolproof::check {

// Three lines, each of what was seen out of what there is; and, of a search that was not cut short,
// what was never seen, the shortest line first.
std::string coverage_text(const Accused& accused, const SearchOptions& options,
                          const SearchResult& result);

// All of it.
nlohmann::ordered_json coverage_json(const Accused& accused, const SearchOptions& options,
                                     const Coverage& seen);

// Good and Turing: how likely the next run is of a class that no run was of, estimated by the share
// of runs that were the only ones of theirs. 1 if there was none.
double chance_of_new_class(const Coverage& seen);

// Of the pairs of operations that met, in either order.
struct Pairs {
  std::size_t seen = 0;
  std::size_t both = 0;
  std::vector<std::string> one_order_only;  // sorted
};
// A pair of two alike is no pair: the other order is the same but for who is who.
Pairs pairs(const std::unordered_set<world::MeetingCode>& meetings);

}  // namespace poolproof::check
