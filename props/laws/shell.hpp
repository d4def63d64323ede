// The `poolproof` command, run as a user runs it: each call is a fresh process.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace poolproof {

inline const std::string kBuild = POOLPROOF_BUILD;

struct Output {
  int status;
  std::string text;  // standard output and standard error
};

inline Output shell(const std::string& line) {
  std::FILE* const pipe = popen(("{ " + line + "; } 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer;
  while (std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    text.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

// "check --seed 7".
inline Output poolproof(const std::string& arguments) {
  return shell(kBuild + "/poolproof " + arguments);
}

inline std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  return text.substr(text.find_last_of('\n', end) + 1, end - text.find_last_of('\n', end));
}

inline std::string mutant(const std::string& name) { return kBuild + "/mutants/" + name + ".so"; }

// The one that it says to replay with; empty if there is none.
inline std::string token_in(const std::string& text) {
  const std::size_t begin = text.find("pp1:", text.find("poolproof replay"));
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = std::filesystem::temp_directory_path() / "poolproof-test-XXXXXX";
    path_ = mkdtemp(path.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// All that is in it.
inline std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

inline nlohmann::json report_in(const std::string& file) {
  return nlohmann::json::parse(std::ifstream(file));
}

}  // namespace poolproof
