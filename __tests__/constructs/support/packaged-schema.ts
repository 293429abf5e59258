import type { BlocksByType } from './schema-types.ts';

/**
 * Types that the recorded schema has not. Written after the classes of the package @cdktf/provider-google 16.12.1,
 * which was generated from the same version of the provider.
 */
export const PACKAGED_RESOURCES: BlocksByType = {
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
