# `cmake --install`: the programs, manual pages, completions and the JSON schema, and the
# libraries with their headers for embedders.
include(CMakePackageConfigHelpers)

install(TARGETS kekkai kekkai-bwrap RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS kekkai-init RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/kekkai)

# Where `share` is not built, as with ThreadSanitizer, there is nothing to install.
install(DIRECTORY ${CMAKE_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATAROOTDIR} OPTIONAL
        PATTERN .made EXCLUDE)

set(libraries kekkai_options kekkai_syscall kekkai_recording kekkai_seccomp kekkai_ops
              kekkai_init_lib kekkai_launcher kekkai_replay kekkai_simulation)
set(folders syscall recording seccomp-presets ops init launcher replay simulation)
if(KEKKAI_TESTS)
  list(APPEND libraries kekkai_testing)
  install(DIRECTORY tests/support/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/kekkai/testing
          FILES_MATCHING PATTERN "*.h")
endif()
foreach(library ${libraries})
  string(REGEX REPLACE "^kekkai_|_lib$" "" name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
endforeach()
foreach(folder ${folders})
  install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/kekkai/${folder}
          FILES_MATCHING PATTERN "*.h" PATTERN "dispatcher_calls.inc" PATTERN "declare_calls.inc")
endforeach()

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kekkai)
install(TARGETS ${libraries} EXPORT kekkaiTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/kekkai)
install(EXPORT kekkaiTargets NAMESPACE kekkai:: DESTINATION ${config_dir})
configure_package_config_file(cmake/kekkaiConfig.cmake.in ${CMAKE_BINARY_DIR}/kekkaiConfig.cmake
                              INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/kekkaiConfigVersion.cmake
                                 COMPATIBILITY ExactVersion)
install(FILES ${CMAKE_BINARY_DIR}/kekkaiConfig.cmake ${CMAKE_BINARY_DIR}/kekkaiConfigVersion.cmake
        DESTINATION ${config_dir})
