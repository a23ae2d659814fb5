package api_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// known are the differences from the published API that are meant. Anything else
// fails the test, and so does one that is gone.
var known = []string{
	"GET /resources/{resource_id}/reviewers answer[]: has format <nil>, theirs uuid",
	"POST /groups body: app_id is ignored",
	"POST /groups body: custom_request_notification is ignored",
	"POST /groups body: metadata is ignored",
	"POST /groups body: remote_group_id is ignored",
	"POST /groups body: remote_info is ignored",
	"POST /groups body: risk_sensitivity_override is ignored",
	"POST /requests body.groups[]: access_level_name is ignored",
	"POST /requests body.groups[]: access_level_remote_id is ignored",
	"POST /requests body.groups[]: id is ignored",
	"POST /requests body.groups[]: is , theirs object",
	"POST /requests body.resources[]: access_level_name is ignored",
	"POST /requests body.resources[]: id must not be required",
	"POST /requests body.support_ticket: identifier is ignored",
	"POST /requests body.support_ticket: remote_id is ignored",
	"POST /requests body.support_ticket: ticketing_provider is ignored",
	"POST /requests body.support_ticket: url is ignored",
	"POST /requests body: custom_metadata is ignored",
	"POST /resources body: custom_request_notification is ignored",
	"POST /resources body: metadata is ignored",
	"POST /resources body: remote_info is ignored",
	"POST /resources body: remote_resource_id is ignored",
	"POST /resources body: risk_sensitivity_override is ignored",
	"PUT /owners answer.owners[].source_group_id: has format <nil>, theirs uuid",
	"PUT /resources body.resources[]: custom_request_notification is ignored",
	"PUT /resources body.resources[]: folder_id is ignored",
	"PUT /resources body.resources[]: risk_sensitivity_override is ignored",
	"PUT /resources/{resource_id}/reviewers answer[]: has format <nil>, theirs uuid",
}

// published reads the published API's document. It is not ours to keep in the
// repository.
func published(t *testing.T) document {
	t.Helper()
	dir := cmp.Or(os.Getenv("ADMIT_SPECS"), filepath.Join("..", "..", "..", "shared", "specs"))
	text, err := os.ReadFile(filepath.Join(dir, "opal-v1.openapi.yaml"))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skip("ADMIT_SPECS does not hold opal-v1.openapi.yaml")
	}
	if err != nil {
		t.Fatal(err)
	}
	var d node
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return document(d)
}

// node is any object of an OpenAPI document.
type node = map[string]any

// document is an OpenAPI document.
type document node

func (d document) at(keys ...string) node {
	n := node(d)
	for _, k := range keys {
		n, _ = n[k].(node)
	}
	return n
}

// resolve follows a reference, and takes the one member of an allOf that says
// something.
func (d document) resolve(n node) node {
	for {
		if ref, ok := n["$ref"].(string); ok {
			n = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			continue
		}
		members, ok := n["allOf"].([]any)
		if !ok || len(members) == 0 {
			return n
		}
		n, _ = members[0].(node)
	}
}

// TestPublishedAPI compares every operation that the published API has too: its
// parameters, what its body may hold, and what its answer holds.
func TestPublishedAPI(t *testing.T) {
	t.Parallel()
	theirs := published(t)
	w := newWorld(t)
	_, _, text := w.call("", http.MethodGet, "/openapi.json", "")
	var own node
	if err := json.Unmarshal(text, &own); err != nil {
		t.Fatal(err)
	}
	c := &comparison{ours: document(own), theirs: theirs}
	both := 0
	for path, item := range c.ours.at("paths") {
		for method := range obj(item) {
			if c.operation(path, method) {
				both++
			}
		}
	}
	if both < 35 {
		t.Errorf("only %d operations are in both documents", both)
	}
	slices.Sort(c.found)
	if d := diff.Diff(known, slices.Compact(c.found)); d != "" {
		t.Errorf("differences from the published API (-known +found):\n%s", d)
	}
}

type comparison struct {
	ours, theirs document
	found        []string
}

func (c *comparison) note(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

// operation compares one operation; it is false for one the published API does
// not have.
func (c *comparison) operation(path, method string) bool {
	our, their := c.ours.at("paths", path, method), c.theirs.at("paths", path, method)
	if their == nil {
		return false
	}
	name := strings.ToUpper(method) + " " + path
	if our["operationId"] != their["operationId"] {
		c.note("%s: operation id %v, theirs %v", name, our["operationId"], their["operationId"])
	}
	ourParams, theirParams := c.params(c.ours, path, our), c.params(c.theirs, path, their)
	for key, p := range theirParams {
		if o, ok := ourParams[key]; ok {
			c.types(name+" "+key, c.ours.resolve(obj(o["schema"])), c.theirs.resolve(obj(p["schema"])))
		} else {
			c.note("%s: no parameter %s", name, key)
		}
	}
	for key, o := range ourParams {
		if o["required"] == true && (theirParams[key] == nil || theirParams[key]["required"] != true) {
			c.note("%s: parameter %s must not be required", name, key)
		}
	}
	if b := their["requestBody"]; b != nil {
		c.input(name+" body", c.schema(c.ours, obj(our["requestBody"])), c.schema(c.theirs, obj(b)))
	}
	for status, response := range obj(their["responses"]) {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		mine, ok := obj(our["responses"])[status].(node)
		if !ok {
			c.note("%s: no answer %s", name, status)
			continue
		}
		c.output(name+" answer", c.schema(c.ours, mine), c.schema(c.theirs, obj(response)))
	}
	return true
}

// params returns the parameters of an operation and of its path, by place and
// name.
func (c *comparison) params(d document, path string, operation node) map[string]node {
	all := map[string]node{}
	for _, list := range []any{d.at("paths", path)["parameters"], operation["parameters"]} {
		items, _ := list.([]any)
		for _, item := range items {
			p := d.resolve(obj(item))
			all[fmt.Sprintf("%v.%v", p["in"], p["name"])] = p
		}
	}
	return all
}

// schema is the schema of a JSON body, nil if there is none.
func (c *comparison) schema(d document, holder node) node {
	s, _ := d.resolve(holder)["content"].(node)
	s, _ = s["application/json"].(node)
	s, _ = s["schema"].(node)
	if s == nil {
		return nil
	}
	return d.resolve(s)
}

// input checks that what a client of the published API sends is understood.
func (c *comparison) input(at string, our, their node) {
	if our == nil || their == nil {
		if their != nil {
			c.note("%s: is not read", at)
		}
		return
	}
	c.types(at, our, their)
	for _, r := range strs(our["required"]) {
		if !slices.Contains(strs(their["required"]), r) {
			c.note("%s: %s must not be required", at, r)
		}
	}
	ourProps, theirProps := c.properties(our), c.properties(their)
	for name, p := range theirProps {
		o, ok := ourProps[name]
		if !ok {
			c.note("%s: %s is ignored", at, name)
			continue
		}
		c.input(at+"."+name, c.ours.resolve(o), c.theirs.resolve(p))
	}
	if items, ok := their["items"].(node); ok && our["items"] != nil {
		c.input(at+"[]", c.ours.resolve(obj(our["items"])), c.theirs.resolve(items))
	}
}

// output checks that a client of the published API can read what we answer.
func (c *comparison) output(at string, our, their node) {
	if their == nil || our == nil {
		if their != nil {
			c.note("%s: has no body", at)
		}
		return
	}
	if variants, ok := their["oneOf"].([]any); ok {
		their = c.theirs.resolve(obj(variants[0]))
	}
	c.types(at, our, their)
	if f := their["format"]; (f == "uuid" || f == "date-time") && our["format"] != f {
		c.note("%s: has format %v, theirs %v", at, our["format"], f)
	}
	for _, v := range anys(our["enum"]) {
		if e := anys(their["enum"]); e != nil && !slices.Contains(e, v) {
			c.note("%s: %v is not in their list", at, v)
		}
	}
	ourProps, theirProps := c.properties(our), c.properties(their)
	for _, r := range strs(their["required"]) {
		if ourProps[r] == nil {
			c.note("%s: %s is required and missing", at, r)
		}
	}
	for name, p := range theirProps {
		if o := ourProps[name]; o != nil {
			c.output(at+"."+name, c.ours.resolve(o), c.theirs.resolve(p))
		}
	}
	if items, ok := their["items"].(node); ok && our["items"] != nil {
		c.output(at+"[]", c.ours.resolve(obj(our["items"])), c.theirs.resolve(items))
	}
}

func (c *comparison) properties(s node) map[string]node {
	all := map[string]node{}
	for name, p := range obj(s["properties"]) {
		all[name], _ = p.(node)
	}
	return all
}

// types compares the types of two schemas: ours may be null only where theirs
// may.
func (c *comparison) types(at string, our, their node) {
	is, nullable := typeOf(our)
	want, mayBeNull := typeOf(their)
	if want != "" && is != want {
		c.note("%s: is %s, theirs %s", at, is, want)
	}
	if nullable && !mayBeNull {
		c.note("%s: may be null", at)
	}
}

func typeOf(s node) (name string, nullable bool) {
	nullable = s["nullable"] == true
	switch t := s["type"].(type) {
	case string:
		return t, nullable
	case []any:
		for _, v := range t {
			if v == "null" {
				nullable = true
			} else {
				name, _ = v.(string)
			}
		}
	}
	if name == "" && s["properties"] != nil {
		name = "object"
	}
	return name, nullable
}

// obj is v as an object, empty if it is none.
func obj(v any) node {
	n, _ := v.(node)
	return n
}

func anys(v any) []any {
	list, _ := v.([]any)
	return list
}

func strs(v any) []string {
	var out []string
	for _, x := range anys(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
