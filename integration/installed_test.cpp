// The library as others get it: installed into a folder, found by find_package and by pkg-config,
// linked by a program outside of this tree that runs against a live server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "integration/private_postgres.hpp"

namespace poolproof::integration {
namespace {

using testing::HasSubstr;

struct Ran {
  int status;
  std::string output;
};

Ran run(const std::string& command) {
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  Ran ran{0, {}};
  std::array<char, 4096> buffer{};
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.output.append(buffer.data(), size);
  }
  ran.status = WEXITSTATUS(pclose(pipe));
  return ran;
}

void succeeds(const std::string& command) {
  const Ran ran = run(command);
  ASSERT_EQ(ran.status, 0) << command << "\n" << ran.output;
}

// Installed once for all tests.
class Installed : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string folder = testing::TempDir() + "poolproof-installed-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    root_ = folder;
    prefix_ = folder + "/prefix";
    succeeds("cmake --install " POOLPROOF_BUILD "/impl --prefix " + prefix_);
    const std::string triplet = POOLPROOF_LIBDIR;
    libraries_ = prefix_ + "/" + triplet;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(root_); }

  // The example, against a server of its own.
  static void answers(const std::string& program) {
    const auto server = PrivatePostgres::start();
    ASSERT_TRUE(server) << server.error();
    std::string folder;
    for (const char c : server->folder()) folder += c == '/' ? "%2F" : std::string(1, c);
    const std::string url = "postgresql://postgres@" + folder + "/postgres?pool_size=2";
    const Ran ran = run("DATABASE_URL='" + url + "' LD_LIBRARY_PATH=" + libraries_ + " " + program);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.output,
              "six times seven is 42\n"
              "committed; 1 slot: 1 idle, 0 checked out, 0 overflow; 0 callers waiting\n");
  }

  static inline std::string root_;
  static inline std::string prefix_;
  static inline std::string libraries_;
};

TEST_F(Installed, IsFoundByFindPackage) {
  const std::string build = root_ + "/build";
  succeeds("cmake -S " POOLPROOF_EXAMPLE " -B " + build +
           " -DCMAKE_CXX_COMPILER=" POOLPROOF_CXX " -DCMAKE_PREFIX_PATH=" + prefix_ +
           " && cmake --build " + build);
  answers(build + "/example_poolproof");
  answers(build + "/example_static");
}

TEST_F(Installed, IsFoundByPkgConfig) {
  const std::string program = root_ + "/example";
  succeeds("flags=$(PKG_CONFIG_PATH=" + libraries_ + "/pkgconfig pkg-config --cflags --libs " +
           "poolproof libpq) && " POOLPROOF_CXX " -std=c++20 " POOLPROOF_EXAMPLE
           "/example.cpp -o " +
           program + " $flags -pthread");
  answers(program);
}

// What stands between these two in README's section on the library.
std::string in_readme(const std::string& from, const std::string& to) {
  std::ifstream file(POOLPROOF_README);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t section = text.find("\n## The pool as a library\n");
  const std::size_t begin = text.find(from, section);
  const std::size_t end = text.find(to, begin + from.size());
  if (begin == std::string::npos || end == std::string::npos) return {};
  return text.substr(begin + from.size(), end - begin - from.size());
}

TEST_F(Installed, IsUsedByReadmesProgramAndCommandAsTheyStandThere) {
  std::ofstream(root_ + "/example.cpp") << in_readme("```cpp\n", "```");
  const std::string command = in_readme("$ g++ ", "\n");
  ASSERT_THAT(command, HasSubstr("example.cpp"));
  std::filesystem::remove(root_ + "/example");
  succeeds("cd " + root_ + " && export PKG_CONFIG_PATH=" + libraries_ + "/pkgconfig && g++ " +
           command);
  answers(root_ + "/example");
}

TEST_F(Installed, SaysWhatIsWrongWithSettingsInOneLine) {
  const std::string program = root_ + "/build/example_static";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << "the test before this one builds it";
  const Ran ran = run("DATABASE_URL=postgresql://db/app?pool_size=x " + program);
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.output, "DATABASE_URL: pool_size: 'x' is not a whole number from 0 on\n");
}

TEST_F(Installed, ShowsInItsSharedLibraryWhatTheHeadersDeclareAndNothingElse) {
  const Ran symbols = run("nm -DC --defined-only " + libraries_ + "/libpoolproof.so");
  ASSERT_EQ(symbols.status, 0) << symbols.output;
  EXPECT_THAT(symbols.output, HasSubstr(" poolproof::Pool::acquire("));
  EXPECT_THAT(symbols.output, HasSubstr(" poolproof::read_settings"));
  std::istringstream lines(symbols.output);
  for (std::string line; std::getline(lines, line);) {
    const std::string symbol = line.substr(line.find(' ', line.find(' ') + 1) + 1);
    // Of the standard library: what each process must have once.
    EXPECT_THAT(symbol, testing::AnyOf(HasSubstr("poolproof::"), HasSubstr("std::"))) << line;
    for (const char* inner : {"Slots::", "Sessions::", "Lendings", "nlohmann", "settings::"}) {
      EXPECT_THAT(symbol, testing::Not(HasSubstr(inner))) << line;
    }
  }
}

TEST_F(Installed, HasAVersionInTheNameThatProgramsLink) {
  const Ran name = run("readelf -d " + libraries_ + "/libpoolproof.so | grep SONAME");
  EXPECT_THAT(name.output, HasSubstr("[libpoolproof.so.0.1]"));
}

TEST_F(Installed, HasHeadersThatStandAlone) {
  std::ofstream all(root_ + "/all.cpp");
  for (const auto& header : std::filesystem::directory_iterator(prefix_ + "/include/poolproof")) {
    const std::string name = header.path().filename();
    const std::string source = root_ + "/" + name + ".cpp";
    std::ofstream(source) << "#include <poolproof/" << name << ">\n";
    succeeds(POOLPROOF_CXX " -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I" + prefix_ +
             "/include " + source);
  }
}

}  // namespace
}  // namespace poolproof::integration
