package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

const (
	maxAnswer  = 16 << 20 // bytes of one answer: a page may have 100 comments, each with 65,536 characters
	maxRefusal = 64 << 10 // bytes of an answer that is no success
	maxKept    = 48 << 20 // bytes of all answers of a client, as they are in memory
)

// readAnswer decodes an answer. A client keeps what is decoded, so all of it together is bounded too.
func (c *Client) readAnswer(ctx context.Context, body io.Reader, v any) error {
	decoded := true
	err := c.room.Read(ctx, body, maxAnswer, func(text []byte) error {
		err := json.Unmarshal(text, v)
		decoded = err == nil
		return err
	})
	switch {
	case errors.Is(err, outbound.ErrTooLarge):
		return err // it will be no smaller the next time
	case !decoded:
		return &outbound.Lost{Err: fmt.Errorf("the answer cannot be read: %w", err)}
	case err != nil:
		return &outbound.Lost{Err: fmt.Errorf("the answer breaks off: %w", err)}
	}
	if c.kept.Add(weight(reflect.ValueOf(v))) > maxKept {
		return fmt.Errorf("%w: all of this run take more than %d bytes of memory", outbound.ErrTooLarge, maxKept)
	}
	return nil
}

// readRefusal reads an answer that is no success. What is too long for a message is left out.
func (c *Client) readRefusal(resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err != nil {
		return &outbound.Lost{Err: fmt.Errorf("the answer breaks off: %w", err)}
	}
	return c.refusal(resp, text)
}

// weight returns about how many bytes of memory a decoded value takes.
func weight(v reflect.Value) int64 {
	n := int64(v.Type().Size())
	if v.Type() == reflect.TypeFor[time.Time]() {
		return n // a zone is shared
	}
	switch v.Kind() {
	case reflect.String:
		n += int64(v.Len())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			n += weight(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return n + int64(v.Len())
		}
		for i := range v.Len() {
			n += weight(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += weight(v.Field(i)) - int64(v.Field(i).Type().Size())
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			n += weight(key) + weight(value)
		}
	}
	return n
}
