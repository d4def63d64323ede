# Who checks the checker: bugs of the model and of the harness, a patch each, which the tests must catch.
#
#   ninja -C build harness_mutants      all of them, some minutes
#
# That which is the canary is built and run with every ctest.
set(CANARY wakeup_switched_off)

# What the world's own objects need besides.
add_library(poolproof_world_needs INTERFACE)
target_link_libraries(poolproof_world_needs INTERFACE
  Boost::context OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS})
target_link_options(poolproof_world_needs INTERFACE -rdynamic)

# A test of which one source is another: what is linked from archives comes after it. The world is no
# archive: of its objects one is left out.
function(harness_mutant name test filter)
  set(patch ${CMAKE_CURRENT_SOURCE_DIR}/harness/${name}.patch)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patch})
  file(STRINGS ${patch} file REGEX "^\\+\\+\\+ b/")
  string(REGEX REPLACE "^\\+\\+\\+ b/" "" file "${file}")
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/harness/${name})
  add_custom_command(OUTPUT ${copy}/${file}
    COMMAND ${CMAKE_COMMAND} -DPATCH=${patch} -DSOURCE=${PROJECT_SOURCE_DIR} -DTO=${copy} -DFILES=${file}
      -P ${CMAKE_CURRENT_SOURCE_DIR}/apply.cmake
    DEPENDS ${patch} ${PROJECT_SOURCE_DIR}/${file} apply.cmake VERBATIM)
  add_executable(harness_${name} EXCLUDE_FROM_ALL ${copy}/${file} $<TARGET_OBJECTS:${test}_test>)
  if(file MATCHES "^props/world/(.*)$")
    # Its path is a regular expression of which each character stands for itself, or nearly.
    target_sources(harness_${name} PRIVATE
      "$<FILTER:$<TARGET_OBJECTS:poolproof_world>,EXCLUDE,/poolproof_world.dir/[/.]*${CMAKE_MATCH_1}.o>")
    target_link_libraries(harness_${name} PRIVATE poolproof_world_needs)
  elseif(NOT test STREQUAL model)
    target_link_libraries(harness_${name} PRIVATE poolproof_world)
  endif()
  if(test STREQUAL model)
    target_link_libraries(harness_${name} PRIVATE poolproof_model)
  elseif(NOT test STREQUAL world)
    target_link_libraries(harness_${name} PRIVATE poolproof_props poolproof_mutants)
  else()
    target_link_libraries(harness_${name} PRIVATE PostgreSQL::PostgreSQL)
  endif()
  target_link_libraries(harness_${name} PRIVATE rapidcheck GTest::gmock GTest::gtest_main)
  set(caught ${CMAKE_CURRENT_BINARY_DIR}/harness/${name}.caught)
  add_custom_command(OUTPUT ${caught}
    COMMAND ${CMAKE_COMMAND} -DRUN=$<TARGET_FILE:harness_${name}> "-DFILTER=${filter}"
      -P ${CMAKE_CURRENT_SOURCE_DIR}/must_fail.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${caught}
    DEPENDS harness_${name} must_fail.cmake VERBATIM)
  set_property(GLOBAL APPEND PROPERTY POOLPROOF_CAUGHT ${caught})
  if(name STREQUAL CANARY)
    set_target_properties(harness_${name} PROPERTIES EXCLUDE_FROM_ALL FALSE)
    add_test(NAME canary COMMAND ${CMAKE_COMMAND} -DRUN=$<TARGET_FILE:harness_${name}> "-DFILTER=${filter}"
      -P ${CMAKE_CURRENT_SOURCE_DIR}/must_fail.cmake)
  endif()
endfunction()

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS harness/catalogue.txt)
file(STRINGS harness/catalogue.txt harness_lines REGEX "^[a-z]")
foreach(line ${harness_lines})
  string(REPLACE " " ";" words "${line}")
  harness_mutant(${words})
endforeach()
get_property(caught GLOBAL PROPERTY POOLPROOF_CAUGHT)
add_custom_target(harness_mutants DEPENDS ${caught})
