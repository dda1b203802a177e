# An image from scratch with two static binaries and the certificates of authorities. It runs as a user
# without privileges.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t snug .
#   docker run -p 8080:8080 -v snug:/data snug
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN for program in server:snug-server snug:snug; do \
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X snug/internal/version.release=$VERSION" \
	-o "/out/${program#*:}" "./cmd/${program%:*}" || exit 1; done && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV SNUG_JOURNAL=sqlite:/data/snug.db SNUG_CERT_CACHE=/data/certs
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/snug-server"]
