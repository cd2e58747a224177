package web

import (
	"context"
	"net/http"
	"strconv"

	"lab/stacks/service/internal/answers"
	"lab/stacks/service/internal/cache"
	"lab/stacks/service/internal/fields"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/store"
)

func (s *Server) listUsers(r *request) error {
	limit, after, err := r.page()
	if err != nil {
		return err
	}
	body, err := s.users.Read(r.Request.Context(), cache.PageKey(limit, after), func(ctx context.Context) ([]byte, error) {
		users, err := s.store.Users(ctx, after, limit+1) // one more, to see whether there is a next page
		return answers.Page(users, limit), err
	})
	if err != nil {
		return err
	}
	return r.users(http.StatusOK, body, answers.PageProto)
}

func (s *Server) getUser(r *request) error {
	id, err := r.pathID()
	if err != nil {
		return err
	}
	if !r.identity.IsAdmin() && id != r.identity.UserID {
		return problem.Forbidden
	}
	body, err := s.users.Read(r.Request.Context(), cache.UserKey(id), func(ctx context.Context) ([]byte, error) {
		user, err := s.store.User(ctx, id)
		return answers.User(&user), err
	})
	if err != nil {
		return err
	}
	return r.users(http.StatusOK, body, answers.UserProto)
}

func (s *Server) createUser(r *request) error {
	body, err := r.fields()
	if err != nil {
		return err
	}
	password := body.Text("password", 8, 128, nil)
	user, err := userFrom(body)
	if err != nil {
		return err
	}
	ctx := r.Request.Context()
	if user.PasswordHash, err = s.passwords.Hash(ctx, password); err != nil {
		return err
	}
	user.Role = "user" // nobody makes himself an admin
	if err := s.users.Write(ctx, 0, func() error { return s.store.CreateUser(ctx, user) }); err != nil {
		return err
	}
	r.Header("Location", "/api/v1/users/"+strconv.FormatInt(user.ID, 10))
	return r.users(http.StatusCreated, answers.User(user), answers.UserProto)
}

func (s *Server) replaceUser(r *request) error {
	id, err := r.pathID()
	if err != nil {
		return err
	}
	body, err := r.fields()
	if err != nil {
		return err
	}
	user, err := userFrom(body)
	if err != nil {
		return err
	}
	user.ID = id
	ctx := r.Request.Context()
	if err := s.users.Write(ctx, id, func() error { return s.store.ReplaceUser(ctx, user) }); err != nil {
		return err
	}
	return r.users(http.StatusOK, answers.User(user), answers.UserProto)
}

// userFrom reads the fields that creating and replacing have in common, and is the last to read any.
func userFrom(body *fields.Reader) (*store.User, error) {
	user := &store.User{
		Name:  body.Text("name", 1, 80, nil),
		Email: body.Text("email", 3, 254, fields.Email),
		Age:   int32(body.Whole("age", 0, 150)),
	}
	if profile := body.Object("profile"); profile != nil {
		user.Profile = &store.Profile{Bio: profile.Text("bio", 0, 500, nil), City: profile.Text("city", 0, 80, nil)}
	}
	return user, body.Mistakes()
}

func (s *Server) deleteUser(r *request) error {
	id, err := r.pathID()
	if err != nil {
		return err
	}
	ctx := r.Request.Context()
	// The lock comes before the commit: then no token outlives its user.
	lock := func() error { return s.sessions.Lock(ctx, id) }
	if err := s.users.Write(ctx, id, func() error { return s.store.DeleteUser(ctx, id, lock) }); err != nil {
		return err
	}
	return r.noContent()
}

// users answers with users as the client likes them best: JSON, or the Protocol Buffer made from it.
func (r *request) users(status int, body []byte, toProto func([]byte) ([]byte, error)) error {
	r.Header("Vary", "Accept")
	if !r.wantsProtobuf() {
		return r.json(status, body)
	}
	message, err := toProto(body)
	if err != nil {
		return err
	}
	r.answer(status, "application/x-protobuf", message)
	return nil
}
