// Runs the business rule that Spec.Webhook ships, with stand-ins for what
// ServiceNow gives a script. The script comes on stdin, the records in argv.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const { records, current } = JSON.parse(process.argv[2]);
const calls = [];

// An element is compared, joined to text, and walked along, as in ServiceNow.
function element(value) {
  const e = new String(value ?? '');
  e.nil = () => !value;
  e.getRefRecord = () => wrap(records[value]);
  return fill(e, records[value]);
}

function wrap(record) {
  const r = { getUniqueValue: () => record?.sys_id ?? null, getRecordClassName: () => record?.sys_class_name ?? null };
  return fill(r, { correlation_display: '', request: '', request_item: '', ...record });
}

function fill(target, record) {
  for (const [field, value] of Object.entries(record ?? {})) {
    Object.defineProperty(target, field, { get: () => element(value), configurable: true, enumerable: true });
  }
  return target;
}

class GlideRecord {
  constructor(table) { this.table = table; }
  get(id) {
    const record = records[id];
    if (!record || record.sys_class_name !== this.table) return false;
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(wrap(record)));
    return true;
  }
}

class RESTMessageV2 {
  headers = {};
  setEndpoint(url) { this.url = '' + url; }
  setHttpMethod(method) { this.method = method; }
  setRequestHeader(name, value) { this.headers[name] = '' + value; }
  setRequestBody(body) { this.body = body; }
  setHttpTimeout() {}
  execute() { calls.push({ url: this.url, method: this.method, headers: this.headers, body: this.body }); }
}

vm.runInNewContext(readFileSync(0, 'utf8'), {
  current: wrap(records[current]),
  gs: { generateGUID: () => 'f'.repeat(32), getProperty: (name) => (name === 'admit.webhook.secret' ? process.argv[3] : null) },
  sn_ws: { RESTMessageV2 },
  GlideRecord,
  GlideDateTime: class { getNumericValue() { return Date.now(); } },
  GlideStringUtil: { base64Encode: (text) => Buffer.from(text).toString('base64') },
  GlideCertificateEncryption: class {
    generateMac(key, algorithm, data) {
      if (algorithm !== 'HmacSHA256') throw new Error(algorithm);
      return createHmac('sha256', Buffer.from(key, 'base64')).update(data).digest('base64');
    }
  },
});
console.log(JSON.stringify(calls));
