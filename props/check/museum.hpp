// A folder of broken pools: each a plugin, and what its catalogue says of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "props/check/run.hpp"

namespace poolproof::check {

// A line of a catalogue; see props/mutants/catalogue.txt.
struct CatalogueLine {
  std::string name;
  std::optional<model::LawId> law;  // none: it has no defect
  std::uint64_t schedules = 0;      // within which a search for that law alone finds it
  scenario::Bounds bounds{};        // the pool's options that it is searched with
};

// Throws std::runtime_error, in a line.
std::vector<CatalogueLine> read_catalogue(const std::string& file);

struct Exhibit {
  std::string name;
  std::string file;
  Laws targets;        // those that the catalogue says it breaks
  bool sound = false;  // the catalogue says that it breaks none
  scenario::Bounds bounds{};
};

// The plugins in that folder, NAME.so: in the order of its catalogue.txt, if it has one, and then
// those that are not in it. Throws std::runtime_error, in a line.
std::vector<Exhibit> museum_in(const std::string& folder);

}  // namespace poolproof::check
