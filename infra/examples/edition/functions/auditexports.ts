import { resume, suspend } from 'kaphera-cloud-server/shared/resource/actions/suspend.ts'
import { resource } from 'kaphera-cloud-server/shared/resource/index.ts'
import { events } from 'kaphera-cloud-server/shared/resource/views/events.ts'
import { conditions, fieldsView, status } from 'kaphera-cloud-server/shared/resource/views/fields.ts'
import { references } from 'kaphera-cloud-server/shared/resource/views/references.ts'
import { AuditExport } from '../schemas/auditexports.ts'

const delivery = fieldsView('Where the entries go, and when they went last', {
  destination: 'spec.destination',
  deliveredAt: 'status.deliveredAt',
})

/** Deliveries of audit trails to other systems. */
export default resource(AuditExport, {
  features: ['auditExport'],
  actions: { suspend, resume },
  views: { status, conditions, delivery, events, references },
})
