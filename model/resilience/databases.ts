const WORDS =
  /postgres|mysql|mariadb|mongo|redis|valkey|influx|cassandra|clickhouse|couchdb|neo4j|\bdb\b|database/i;

/** Whether names and purpose of a guest say that it is a database. */
export function looksLikeDatabase(...texts: readonly string[]): boolean {
  return texts.some((text) => WORDS.test(text.replaceAll(/[-_.]/g, " ")));
}
