package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// User is a row of users, with its profile if it has one.
type User struct {
	ID           int64
	Name         string
	Email        string
	Age          int32
	Role         string
	PasswordHash string
	Profile      *Profile
}

// Profile is a row of profiles.
type Profile struct {
	UserID int64 `gorm:"primaryKey;autoIncrement:false"`
	Bio    string
	City   string
}

// Credentials is the user with an address, regardless of ASCII letter case, with the hash and without the profile.
func (s *Store) Credentials(ctx context.Context, email string) (user User, err error) {
	err = s.read(ctx, func(db *gorm.DB) error {
		// COLLATE "C" on both sides: there lower() changes A to Z and nothing else.
		return db.Select("id", "role", "password_hash").Where(`lower(email) = lower(? COLLATE "C")`, email).Take(&user).Error
	})
	return user, err
}

// Role is what a user may do, now.
func (s *Store) Role(ctx context.Context, id int64) (string, error) {
	var user User
	err := s.read(ctx, func(db *gorm.DB) error { return db.Select("role").Take(&user, id).Error })
	return user.Role, err
}

// User is one user.
func (s *Store) User(ctx context.Context, id int64) (user User, err error) {
	err = s.read(ctx, func(db *gorm.DB) error {
		return db.Omit("PasswordHash").Joins("Profile").Take(&user, id).Error
	})
	return user, err
}

// Users are at most limit users with ids above after. With their profiles in the same statement: else a profile might be
// of another moment than its user.
func (s *Store) Users(ctx context.Context, after int64, limit int) (users []User, err error) {
	err = s.read(ctx, func(db *gorm.DB) error {
		return db.Omit("PasswordHash").Joins("Profile").Where("users.id > ?", after).Order("users.id").Limit(limit).Find(&users).Error
	})
	return users, err
}

// CreateUser inserts a user and its profile, and sets the id.
func (s *Store) CreateUser(ctx context.Context, user *User) error {
	return s.write(ctx, func(db *gorm.DB) error {
		err := db.Transaction(func(tx *gorm.DB) error { return tx.Create(user).Error })
		return taken(err)
	})
}

// ReplaceUser writes everything but role and password, and reads the role.
func (s *Store) ReplaceUser(ctx context.Context, user *User) error {
	return s.write(ctx, func(db *gorm.DB) error {
		err := db.Transaction(func(tx *gorm.DB) error {
			written := tx.Model(user).Clauses(clause.Returning{Columns: []clause.Column{{Name: "role"}}}).
				Select("name", "email", "age").Omit(clause.Associations).Updates(user)
			if written.Error != nil {
				return written.Error
			}
			if written.RowsAffected == 0 {
				return ErrNotFound
			}
			return replaceProfile(tx, user)
		})
		return taken(err)
	})
}

func replaceProfile(tx *gorm.DB, user *User) error {
	if user.Profile == nil {
		return tx.Delete(&Profile{}, user.ID).Error
	}
	user.Profile.UserID = user.ID
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(user.Profile).Error
}

// DeleteUser deletes a user who has no orders; the profile goes with it. An error of beforeCommit keeps the user.
func (s *Store) DeleteUser(ctx context.Context, id int64, beforeCommit func() error) error {
	return s.write(ctx, func(db *gorm.DB) error {
		return db.Transaction(func(tx *gorm.DB) error {
			deleted := tx.Delete(&User{}, id)
			switch {
			case violates(deleted.Error, foreignMissing, ordersUserKey), violates(deleted.Error, restricted, ordersUserKey):
				return ErrHasOrders
			case deleted.Error != nil:
				return deleted.Error
			case deleted.RowsAffected == 0:
				return ErrNotFound
			}
			return beforeCommit()
		})
	})
}

func taken(err error) error {
	if violates(err, uniqueViolated, emailIndex) {
		return ErrEmailTaken
	}
	return err
}
