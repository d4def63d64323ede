#include "props/world/memory/symbols.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace poolproof::world::memory {
namespace {

// A loaded file and an address in it, as the file counts.
struct Location {
  std::string path;
  std::string name;
  std::uint64_t offset;
};

std::optional<Location> locate(const void* address) {
  Dl_info info{};
  link_map* map = nullptr;
  if (dladdr1(address, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0) {
    return std::nullopt;
  }
  const bool is_program = map->l_name[0] == '\0';
  const std::string path =
      is_program ? std::filesystem::read_symlink("/proc/self/exe").string() : map->l_name;
  return Location{path, std::filesystem::path(path).filename().string(),
                  reinterpret_cast<std::uintptr_t>(address) - map->l_addr};
}

template <class T>
std::vector<T> read_all(std::ifstream& file, std::uint64_t offset, std::uint64_t bytes) {
  std::vector<T> items(bytes / sizeof(T));
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(items.data()),
            static_cast<std::streamsize>(items.size() * sizeof(T)));
  return file ? items : std::vector<T>{};
}

std::string demangled(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : symbol;
}

struct Symbol {
  std::string name;
  std::uint64_t begin;
};

// The symbol of that type in that table that the address lies in.
std::optional<Symbol> symbol_in(std::ifstream& file, const std::vector<Elf64_Shdr>& sections,
                                const Elf64_Shdr& table, unsigned type, std::uint64_t address) {
  if (table.sh_link >= sections.size()) return std::nullopt;
  const Elf64_Shdr& strings = sections[table.sh_link];
  for (const auto& each : read_all<Elf64_Sym>(file, table.sh_offset, table.sh_size)) {
    if (ELF64_ST_TYPE(each.st_info) != type || each.st_shndx == SHN_UNDEF) continue;
    if (address < each.st_value || address >= each.st_value + each.st_size) continue;
    auto names = read_all<char>(file, strings.sh_offset, strings.sh_size);
    names.push_back('\0');
    if (each.st_name < names.size()) return Symbol{demangled(&names[each.st_name]), each.st_value};
  }
  return std::nullopt;
}

// The full table first; a stripped file has only that of the dynamic linker.
std::optional<Symbol> symbol_at(const Location& location, unsigned type) {
  std::ifstream file(location.path, std::ios::binary);
  const auto headers = read_all<Elf64_Ehdr>(file, 0, sizeof(Elf64_Ehdr));
  if (headers.empty()) return std::nullopt;
  const auto sections =
      read_all<Elf64_Shdr>(file, headers[0].e_shoff, headers[0].e_shnum * sizeof(Elf64_Shdr));
  for (const unsigned kind : {SHT_SYMTAB, SHT_DYNSYM}) {
    for (const Elf64_Shdr& table : sections) {
      if (table.sh_type != kind) continue;
      if (auto found = symbol_in(file, sections, table, type, location.offset)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string function_at(const void* code) {
  const auto location = locate(code);
  const auto symbol = location ? symbol_at(*location, STT_FUNC) : std::nullopt;
  return symbol ? symbol->name : "?";
}

std::string place_of(const void* code) {
  const auto location = locate(code);
  if (!location) return "?";
  char offset[24];
  std::snprintf(offset, sizeof offset, "+0x%lx", location->offset);
  return location->name + offset;
}

std::optional<std::string> variable_at(const void* data) {
  const auto location = locate(data);
  if (!location) return std::nullopt;
  const auto symbol = symbol_at(*location, STT_OBJECT);
  if (!symbol) return "a variable of " + location->name;
  std::string text = "`";
  text.append(symbol->name).append("`");
  const std::uint64_t inside = location->offset - symbol->begin;
  if (inside != 0) text.append("+").append(std::to_string(inside));
  return text.append(" of ").append(location->name);
}

}  // namespace poolproof::world::memory
