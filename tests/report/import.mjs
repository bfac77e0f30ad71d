// Copyright (c) 2026, the winsec.lsa contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Reads files as STIG Manager does. node import.mjs PARSER; the names come as JSON, and so does what is in the files.

import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const { reviewsFromXccdf, reviewsFromCklb } = await import(pathToFileURL(process.argv[2]))

// The defaults of a collection in STIG Manager.
const fieldSettings = { detail: { enabled: 'always', required: 'always' }, comment: { enabled: 'findings', required: 'findings' } }
const importOptions = {
  autoStatus: { fail: 'saved', notapplicable: 'saved', pass: 'saved' },
  unreviewed: 'commented', unreviewedCommented: 'informational',
  emptyDetail: 'replace', emptyComment: 'ignore', allowCustom: true,
}

const found = {}
for (const file of JSON.parse(readFileSync(0, 'utf8'))) {
  const read = file.endsWith('.xml') ? reviewsFromXccdf : reviewsFromCklb
  const data = readFileSync(file, 'utf8')
  const { target, checklists } = read({ data, fieldSettings, allowAccept: true, importOptions, scapBenchmarkMap: new Map() })
  const [{ benchmarkId, revisionStr, reviews }] = checklists
  found[file] = {
    target: target.name, benchmark: benchmarkId, revision: revisionStr,
    results: Object.fromEntries(reviews.map(({ ruleId, result }) => [ruleId, result])),
  }
}
process.stdout.write(JSON.stringify(found))
