// What a person reads who has nothing but the headers: a contract above, or beside, everything that
// is promised. clang says which comment belongs to which declaration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

namespace poolproof::integration {
namespace {

using nlohmann::json;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// What stands in namespace poolproof of that header, or of those that it includes, as clang's
// syntax trees; a tree each time that the namespace is opened.
std::vector<json> trees_of(const std::filesystem::path& header) {
  const std::string command = std::string(POOLPROOF_CLANG) +
                              " -std=c++20 -x c++ -fsyntax-only -fparse-all-comments"
                              " -Wno-pragma-once-outside-header -I" POOLPROOF_HEADERS
                              " -Xclang -ast-dump=json -Xclang -ast-dump-filter=poolproof " +
                              header.string();
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  char buffer[1 << 16];
  while (const std::size_t size = fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, size);
  EXPECT_EQ(pclose(pipe), 0) << command;
  std::istringstream stream(text);
  std::vector<json> trees;
  while (stream >> std::ws && !stream.eof()) stream >> trees.emplace_back();
  return trees;
}

bool is_documented(const json& declaration) {
  for (const json& each : declaration.value("inner", json::array())) {
    if (each.value("kind", "") == "FullComment") return true;
  }
  return false;
}

// Declarations of which nobody expects a word: made by the compiler, there only to be defined
// elsewhere or to take away what is not to be, and ends.
bool says_enough_by_itself(const json& declaration) {
  const std::string kind = declaration.value("kind", "");
  const bool forward = kind == "CXXRecordDecl" && !declaration.value("completeDefinition", false);
  return forward || declaration.value("isImplicit", false) ||
         declaration.value("explicitlyDeleted", false) ||
         declaration.contains("explicitlyDefaulted") || kind == "CXXDestructorDecl";
}

bool is_promise(const json& declaration) {
  static const std::set<std::string> kinds{
      "CXXRecordDecl",      "ClassTemplateDecl", "EnumDecl",  "EnumConstantDecl",
      "FunctionDecl",       "CXXMethodDecl",     "VarDecl",   "FunctionTemplateDecl",
      "CXXConstructorDecl", "CXXConversionDecl", "FieldDecl", "TypeAliasDecl"};
  return kinds.contains(declaration.value("kind", "")) && !says_enough_by_itself(declaration);
}

// The names of what has no contract. One may stand for several that follow each other without a
// blank line between them; what the header begins with stands for what it declares first.
class Reader {
 public:
  explicit Reader(std::string text) : text_(std::move(text)) {}

  void read(const json& scope, const std::string& name) {
    bool is_private = scope.value("tagUsed", "") == "class";
    bool documented = false;
    std::size_t end = 0;
    for (const json& each : scope.value("inner", json::array())) {
      const std::string kind = each.value("kind", "");
      if (kind == "AccessSpecDecl") is_private = each.value("access", "") == "private";
      if (is_private || !is_here(each)) continue;
      const auto begin = each["range"]["begin"].value("offset", std::size_t{0});
      const std::string full = name + "::" + each.value("name", "");
      if (is_promise(each)) {
        const bool follows = end != 0 && begin > end &&
                             text_.substr(end, begin - end).find("\n\n") == std::string::npos;
        documented = is_documented(each) || (follows && documented);
        documented |= std::exchange(first_, false);
        if (!documented) bare.push_back(full);
        end = each["range"]["end"].value("offset", std::size_t{0});
      }
      if (kind == "CXXRecordDecl" || kind == "EnumDecl" || kind == "NamespaceDecl") {
        read(each, full);
      } else if (kind == "ClassTemplateDecl") {
        for (const json& inner : each["inner"]) {
          if (inner.value("kind", "") == "CXXRecordDecl") read(inner, full);
        }
      }
    }
  }

  std::vector<std::string> bare;

 private:
  // Not in a header that this one includes.
  static bool is_here(const json& declaration) {
    if (!declaration.contains("range")) return false;
    const json& begin = declaration["range"]["begin"];
    return begin.contains("offset") && !begin.contains("includedFrom");
  }

  const std::string text_;
  bool first_ = true;
};

TEST(Contracts, StandAtEverythingThatTheHeadersPromise) {
  int headers = 0;
  for (const auto& header : std::filesystem::directory_iterator(POOLPROOF_HEADERS "/poolproof")) {
    ++headers;
    Reader reader(text_of(header.path()));
    for (const json& tree : trees_of(header.path())) {
      if (tree.value("kind", "") == "NamespaceDecl") reader.read(tree, "poolproof");
    }
    EXPECT_THAT(reader.bare, testing::IsEmpty()) << header.path();
  }
  EXPECT_GT(headers, 15);
}

TEST(Contracts, BeginWithWhatTheHeaderIsFor) {
  for (const auto& header : std::filesystem::directory_iterator(POOLPROOF_HEADERS "/poolproof")) {
    EXPECT_THAT(text_of(header.path()), testing::StartsWith("// ")) << header.path();
  }
}

}  // namespace
}  // namespace poolproof::integration
