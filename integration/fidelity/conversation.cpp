#include "integration/fidelity/conversation.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace poolproof::integration::fidelity {
namespace {

namespace fs = std::filesystem;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \r") - first + 1);
}

// Quotes may open inside a word, as in options="-c a=b".
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(' '); at < text.size();
       at = text.find_first_not_of(' ', at)) {
    std::string word;
    bool quoted = false;
    for (; at < text.size() && (quoted || text[at] != ' '); ++at) {
      if (text[at] == '"') {
        quoted = !quoted;
      } else if (text[at] == '\\' && quoted && at + 1 < text.size()) {
        word += text[at++];
        word += text[at];
      } else {
        word += text[at];
      }
    }
    words.push_back(unescaped(word));
  }
  return words;
}

bool is_nobodys(std::string_view verb) {
  return verb == "pause" || verb == "cancel" || verb == "server";
}

Step parse_step(std::string_view line) {
  Step step;
  const auto prompt = line.find("> ");
  if (prompt != std::string_view::npos && prompt < line.find(' ')) {
    step.session = line.substr(0, prompt);
    line = trimmed(line.substr(prompt + 1));
  }
  step.words = split(line);
  const auto blank = line.find(' ');
  if (blank != std::string_view::npos) step.rest = trimmed(line.substr(blank));
  if (step.session.empty() && !is_nobodys(step.words.front())) step.session.assign(1, 'a');
  return step;
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n': result += '\n'; break;
      case 't': result += '\t'; break;
      case 'x':
        result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default: result += text[i];
    }
  }
  return result;
}

std::vector<Conversation> parse_family(std::string_view family, std::string_view text) {
  std::vector<Conversation> conversations;
  std::set<std::string> titles;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#') continue;
    const auto complain = [&](const std::string& what) {
      throw std::runtime_error(std::string(family) + ".txt:" + std::to_string(number) + ": " +
                               what);
    };
    if (line.front() != ' ') {
      if (!titles.emplace(content).second) complain("there is such a title already");
      conversations.push_back({std::string(family), std::string(content), {}});
    } else if (conversations.empty()) {
      complain("a step before the first title");
    } else {
      conversations.back().steps.push_back(parse_step(content));
    }
  }
  return conversations;
}

std::vector<Conversation> read_corpus(const std::string& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Conversation> corpus;
  for (const fs::path& path : files) {
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    for (Conversation& each : parse_family(path.stem().string(), text)) {
      corpus.push_back(std::move(each));
    }
  }
  return corpus;
}

}  // namespace poolproof::integration::fidelity
