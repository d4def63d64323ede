// A search as JUnit's XML, which CI systems read: a test for each law that was judged.
#pragma once

#include <string>

#include "props/check/search.hpp"

namespace poolproof::check {

// A law that was broken fails, with its counterexample; a search that came to no verdict is an
// error of a test of its own, and so is a pool that is not deterministic.
std::string junit_report(const Accused& accused, const SearchOptions& options,
                         const SearchResult& result);

}  // namespace poolproof::check
