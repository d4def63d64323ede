// A finding that is kept for good, in a file: what it needs to be had again, what it was, and every
// step of it, so that a replay can say which is the first that is another now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "props/check/search.hpp"

namespace poolproof::check {

struct Regression {
  model::LawId law = model::LawId::crash;  // that it broke
  std::string pool;                        // by its adapter's name
  Laws laws;                               // that were judged
  world::CarrierKind carrier = world::CarrierKind::fiber;
  explore::Token token;
  std::uint64_t seed = 0;  // of the search that found it, and after how many schedules
  std::uint64_t schedule = 0;
  std::string version;  // of the poolproof that found it
  std::string evidence;
  std::string story;
  std::optional<std::uint64_t> order{};  // its happens-before class, if that was kept
  Trace trace;                           // empty if it took its process with it
};

Regression regression(const Accused& accused, const SearchOptions& search, const Finding& finding,
                      std::string version);

// JSON, as a file holds it.
std::string to_text(const Regression& regression);

// Whether the text wants to be one: a report, say, which holds a token too, does not.
bool is_regression(std::string_view text);

// The regression, or in one line what is wrong with the text.
std::variant<Regression, std::string> parse_regression(std::string_view text);

// Whether they are one and the same: the same law is broken by the same choices, in the same steps,
// or in the same happens-before class.
bool duplicates(const Regression& one, const Regression& other);

}  // namespace poolproof::check
