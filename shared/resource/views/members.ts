/**
 * `members`: who has which role in an organization.
 */
import { MEMBERS } from '../../auth/index.ts'
import { negotiate, represent } from '../../http/negotiate.ts'
import { verb } from '../../kind/operation.ts'
import { collectionIn } from '../collection.ts'
import type { View } from '../declaration.ts'
import { present } from '../present.ts'
import { onePage, plainPage } from '../read/list.ts'
import { readListQuery } from '../read/list-query.ts'
import { PAGE_SCHEMA } from './answer.ts'

/** A page of the members of an organization, which live in its namespace. */
export const members: View = {
  summary: 'Who has which role in the organization',
  query: ['limit', 'continue'],
  async show({ call }, object) {
    const organization = await call.authorizer.organization(object.metadata.name ?? '')
    organization.require(verb('list'), MEMBERS.plural)
    const as = negotiate(call.request)
    const query = readListQuery(call.url, { columns: [] })
    const collections = [collectionIn(call, MEMBERS, organization, verb('list'))]
    const { items, metadata, headers } = await onePage(call, collections, query, (cursor) =>
      plainPage(collections, query, cursor),
    )
    return represent({ metadata, items: items.map((item) => present(item)) }, as, { headers, slices: call.slices })
  },
  openapi: PAGE_SCHEMA,
  // 409: a new organization gets its namespace some time after it is created.
  problems: [409, 410],
}
