package cli

import (
	"fmt"
	"reflect"
	"time"

	"github.com/alecthomas/kong"
)

// Values is an option for parsers. Their errors about numbers and times then say what would be right.
func Values() kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		for t, want := range map[reflect.Type]string{
			reflect.TypeFor[int]():     "a whole number",
			reflect.TypeFor[int64]():   "a whole number",
			reflect.TypeFor[uint]():    "a whole number of 0 or more",
			reflect.TypeFor[uint64]():  "a whole number of 0 or more",
			reflect.TypeFor[float64](): "a number such as 10 or 0.5",
		} {
			if err := kong.KindMapper(t.Kind(), explained(t, want)).Apply(k); err != nil {
				return err
			}
		}
		duration := reflect.TypeFor[time.Duration]()
		return kong.TypeMapper(duration, explained(duration, "a time such as 90s, 15m or 12h")).Apply(k)
	})
}

// explained returns kong's own mapper of a type, with an error that says what is wanted.
func explained(t reflect.Type, want string) kong.Mapper {
	own := kong.NewRegistry().RegisterDefaults().ForType(t)
	return kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		given := ctx.Scan.Peek()
		err := own.Decode(ctx, target)
		if err == nil || !given.IsValue() {
			return err
		}
		if flag := ctx.Value.Flag; flag != nil && flag.PlaceHolder == "BYTES" {
			return fmt.Errorf("%q isn't %s of bytes", given, want)
		}
		return fmt.Errorf("%q isn't %s", given, want)
	})
}
