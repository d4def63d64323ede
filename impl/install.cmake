# cmake --install BUILD --prefix DIR: headers, both libraries, and what find_package and pkg-config
# look for. Needs nothing of the harness.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

add_library(poolproof_shared SHARED ${sources})
target_include_directories(poolproof_shared PUBLIC
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(poolproof_shared
  PRIVATE PostgreSQL::PostgreSQL $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>
  PUBLIC Threads::Threads)
target_link_options(poolproof_shared PRIVATE -Wl,--no-undefined)
# Before 1.0 each minor version may break what links it.
set_target_properties(poolproof_shared PROPERTIES
  OUTPUT_NAME poolproof
  EXPORT_NAME poolproof
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set_target_properties(poolproof PROPERTIES EXPORT_NAME static)
set_target_properties(poolproof poolproof_shared PROPERTIES
  CXX_VISIBILITY_PRESET hidden
  VISIBILITY_INLINES_HIDDEN ON)
target_compile_features(poolproof PUBLIC cxx_std_20)
target_compile_features(poolproof_shared PUBLIC cxx_std_20)

install(TARGETS poolproof poolproof_shared EXPORT poolproof-targets)
install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/poolproof TYPE INCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/poolproof)
install(EXPORT poolproof-targets NAMESPACE poolproof:: DESTINATION ${package_dir})
configure_package_config_file(
  ${CMAKE_CURRENT_SOURCE_DIR}/poolproof-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/poolproof-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/poolproof-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/poolproof-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/poolproof-config-version.cmake
  DESTINATION ${package_dir})

# Written when it is installed: only then is the prefix known.
install(CODE "
  set(PROJECT_VERSION ${PROJECT_VERSION})
  set(CMAKE_INSTALL_LIBDIR ${CMAKE_INSTALL_LIBDIR})
  set(CMAKE_INSTALL_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
  configure_file(\"${CMAKE_CURRENT_SOURCE_DIR}/poolproof.pc.in\"
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/poolproof.pc\" @ONLY)
")
