# An image from scratch with two static binaries and the certificates of authorities. It runs as a user
# without privileges.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t snug .
#   docker run -p 8080:8080 -v snug:/data snug
#
# With --platform linux/amd64,linux/arm64, the build machine's own Go compiles for both. The image is healthy while
# the server is ready, as snug admin status says: to move the operator's port, set the variable SNUG_ADMIN, which
# both programs read.
FROM --platform=$BUILDPLATFORM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
ARG TARGETOS TARGETARCH
RUN for program in server:snug-server snug:snug; do \
	GOOS=$TARGETOS GOARCH=$TARGETARCH CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X snug/internal/version.release=$VERSION" \
	-o "/out/${program#*:}" "./cmd/${program%:*}" || exit 1; done && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ /
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV SNUG_JOURNAL=sqlite:/data/snug.db SNUG_CERT_CACHE=/data/certs SNUG_ADMIN=127.0.0.1:9090
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=1m CMD ["/snug", "admin", "status"]
ENTRYPOINT ["/snug-server"]
