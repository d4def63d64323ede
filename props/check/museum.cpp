#include "props/check/museum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace poolproof::check {
namespace {

namespace fs = std::filesystem;

std::optional<CatalogueLine> read_line(const std::string& text) {
  std::istringstream in(text);
  CatalogueLine line;
  std::string law, more;
  in >> line.name;
  if (in >> law) {
    line.law = model::law_named(law);
    if (!line.law || !(in >> line.schedules) || line.schedules == 0) return std::nullopt;
  }
  if (in >> more) return std::nullopt;
  return line;
}

// The sorted names of the plugins.
std::vector<std::string> plugins_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".so") names.push_back(entry.path().stem());
  }
  if (error) throw std::runtime_error(fmt::format("{}: {}", folder, error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<CatalogueLine> read_catalogue(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file));
  std::vector<CatalogueLine> lines;
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.empty() || text.front() == '#') continue;
    auto line = read_line(text);
    if (!line) {
      throw std::runtime_error(fmt::format(
          "{}:{}: takes a name, a law such as CAP and a number of schedules, or a name alone", file,
          number));
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

std::vector<Exhibit> museum_in(const std::string& folder) {
  std::vector<std::string> names = plugins_in(folder);
  std::vector<Exhibit> exhibits;
  const auto exhibit = [&](const std::string& name) {
    exhibits.push_back({.name = name, .file = folder + "/" + name + ".so", .targets = {}});
  };
  const std::string catalogue = folder + "/catalogue.txt";
  if (fs::exists(catalogue)) {
    for (const CatalogueLine& line : read_catalogue(catalogue)) {
      if (std::erase(names, line.name) > 0) exhibit(line.name);
      const auto shown = std::find_if(exhibits.begin(), exhibits.end(),
                                      [&](const Exhibit& each) { return each.name == line.name; });
      if (shown == exhibits.end()) continue;
      shown->sound = !line.law;
      if (line.law) shown->targets.insert(*line.law);
    }
  }
  for (const std::string& name : names) exhibit(name);
  return exhibits;
}

}  // namespace poolproof::check
