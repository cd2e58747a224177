// Package userspb is stacks/service/users.proto in Go. The generated file is checked in; after a change of the .proto,
// `go generate ./internal/userspb` makes it anew. It wants protoc and, in its version of go.mod, protoc-gen-go on PATH.
package userspb

//go:generate protoc --proto_path=../../../../service --go_out=../.. --go_opt=module=lab/stacks/service users.proto
