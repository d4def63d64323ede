// A folder of regressions, a file for each: law-hash.json. Files of other names are left alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "props/check/regression.hpp"

namespace poolproof::check {

// Where regressions are kept if nothing else is said.
inline constexpr const char* kDefaultCorpus = ".poolproof";

class Corpus {
 public:
  struct Entry {
    std::string name;                               // of the file
    std::variant<Regression, std::string> content;  // or, in one line, why it cannot be read
    std::uintmax_t size = 0;                        // of the file
  };

  // Throws std::runtime_error, with a line, if there is no such folder.
  explicit Corpus(std::filesystem::path folder);
  // Makes the folder first if there is none. Throws too if it cannot be written to.
  static Corpus made_at(const std::filesystem::path& folder);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  // In the order of their names. Throws as the constructor does.
  [[nodiscard]] std::vector<Entry> entries() const;

  struct Saved {
    std::string file;  // where it is
    bool is_new;       // false: it, or a duplicate of it, was there already
  };
  // Never overwrites another file. Throws as the constructor does.
  [[nodiscard]] Saved save(const Regression& regression) const;

  void remove(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

// A file as a whole. Throws std::runtime_error, with a line.
std::string text_of(const std::filesystem::path& file);
// Replaces it, whole or not at all.
void write_whole(const std::filesystem::path& file, const std::string& text);

}  // namespace poolproof::check
