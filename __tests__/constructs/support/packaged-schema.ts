import type { BlocksByType } from './schema-types.ts';

/**
 * Types that the recorded schema has not. Written after the classes of the package @cdktf/provider-google 16.12.1,
 * which was generated from the same version of the provider.
 */
export const PACKAGED_RESOURCES: BlocksByType = {
  google_cloud_run_v2_job: {
    block: {
      attributes: {
        name: { type: 'string', required: true },
        location: { type: 'string', required: true },
        project: { type: 'string', optional: true, computed: true },
        labels: { type: ['map', 'string'], optional: true },
        annotations: { type: ['map', 'string'], optional: true },
        deletion_protection: { type: 'bool', optional: true },
        id: { type: 'string', optional: true, computed: true },
      },
      block_types: {
        template: {
          nesting_mode: 'list',
          min_items: 1,
          max_items: 1,
          block: {
            attributes: {
              parallelism: { type: 'number', optional: true, computed: true },
              task_count: { type: 'number', optional: true, computed: true },
            },
            block_types: {
              template: {
                nesting_mode: 'list',
                min_items: 1,
                max_items: 1,
                block: {
                  attributes: {
                    service_account: { type: 'string', optional: true, computed: true },
                    timeout: { type: 'string', optional: true, computed: true },
                    max_retries: { type: 'number', optional: true },
                  },
                  block_types: {
                    containers: {
                      nesting_mode: 'list',
                      block: {
                        attributes: {
                          image: { type: 'string', required: true },
                          command: { type: ['list', 'string'], optional: true },
                          args: { type: ['list', 'string'], optional: true },
                          name: { type: 'string', optional: true },
                        },
                        block_types: {
                          env: {
                            nesting_mode: 'set',
                            block: {
                              attributes: {
                                name: { type: 'string', required: true },
                                value: { type: 'string', optional: true },
                              },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
  google_cloud_run_v2_job_iam_member: {
    block: {
      attributes: {
        name: { type: 'string', required: true },
        location: { type: 'string', optional: true, computed: true },
        project: { type: 'string', optional: true, computed: true },
        role: { type: 'string', required: true },
        member: { type: 'string', required: true },
        id: { type: 'string', optional: true, computed: true },
        etag: { type: 'string', computed: true },
      },
    },
  },
  google_cloud_scheduler_job: {
    block: {
      attributes: {
        name: { type: 'string', required: true },
        project: { type: 'string', optional: true, computed: true },
        region: { type: 'string', optional: true, computed: true },
        description: { type: 'string', optional: true },
        schedule: { type: 'string', optional: true },
        time_zone: { type: 'string', optional: true },
        paused: { type: 'bool', optional: true, computed: true },
        attempt_deadline: { type: 'string', optional: true },
        id: { type: 'string', optional: true, computed: true },
        state: { type: 'string', computed: true },
      },
      block_types: {
        http_target: {
          nesting_mode: 'list',
          max_items: 1,
          block: {
            attributes: {
              uri: { type: 'string', required: true },
              http_method: { type: 'string', optional: true },
              body: { type: 'string', optional: true },
              headers: { type: ['map', 'string'], optional: true },
            },
            block_types: {
              oauth_token: {
                nesting_mode: 'list',
                max_items: 1,
                block: {
                  attributes: {
                    service_account_email: { type: 'string', required: true },
                    scope: { type: 'string', optional: true },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
  google_project_iam_audit_config: {
    block: {
      attributes: {
        project: { type: 'string', required: true },
        service: { type: 'string', required: true },
        id: { type: 'string', optional: true, computed: true },
        etag: { type: 'string', computed: true },
      },
      block_types: {
        audit_log_config: {
          nesting_mode: 'set',
          min_items: 1,
          block: {
            attributes: {
              log_type: { type: 'string', required: true },
              exempted_members: { type: ['set', 'string'], optional: true },
            },
          },
        },
      },
    },
  },
};

/** The same for data sources. */
export const PACKAGED_DATA_SOURCES: BlocksByType = {
  google_container_cluster: {
    block: {
      attributes: {
        name: { type: 'string', required: true },
        location: { type: 'string', optional: true },
        project: { type: 'string', optional: true },
        id: { type: 'string', optional: true, computed: true },
        endpoint: { type: 'string', computed: true },
        master_auth: { type: ['list', 'object'], computed: true },
      },
    },
  },
  google_project: {
    block: {
      attributes: {
        project_id: { type: 'string', optional: true },
        id: { type: 'string', optional: true, computed: true },
        number: { type: 'string', computed: true },
      },
    },
  },
  google_artifact_registry_repository: {
    block: {
      attributes: {
        location: { type: 'string', required: true },
        project: { type: 'string', optional: true },
        repository_id: { type: 'string', required: true },
        id: { type: 'string', optional: true, computed: true },
      },
    },
  },
  google_artifact_registry_docker_image: {
    block: {
      attributes: {
        location: { type: 'string', required: true },
        project: { type: 'string', optional: true },
        repository_id: { type: 'string', required: true },
        image_name: { type: 'string', required: true },
        id: { type: 'string', optional: true, computed: true },
        self_link: { type: 'string', computed: true },
      },
    },
  },
  google_storage_project_service_account: {
    block: {
      attributes: {
        project: { type: 'string', optional: true, computed: true },
        user_project: { type: 'string', optional: true },
        id: { type: 'string', optional: true, computed: true },
        email_address: { type: 'string', computed: true },
        member: { type: 'string', computed: true },
      },
    },
  },
};
