// What each strategy did in a search, and which of them found what ended it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "props/check/search.hpp"

namespace poolproof::check {

// One line; empty if only one strategy was asked for.
std::string strategy_text(const SearchOptions& options, const SearchResult& result);

// For each strategy {schedules, fresh}; fresh are those that met something that none before had.
nlohmann::ordered_json strategy_json(const SearchResult& result);

}  // namespace poolproof::check
